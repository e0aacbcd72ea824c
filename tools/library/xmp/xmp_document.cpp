#include "tools/library/xmp/xmp_document.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/library/xmp/rdf_node.h"
#include "tools/library/xmp/xml_escapes.h"

namespace tagloom {

using namespace rdf;

namespace {

constexpr size_t kLargestPacket = 32 << 20;
constexpr int kDeepestElement = 100;
constexpr unsigned kParse = pugi::parse_full | pugi::parse_ws_pcdata | pugi::parse_fragment;
constexpr unsigned kSave = pugi::format_raw | pugi::format_no_declaration | pugi::format_no_escapes;
constexpr const char* kNewPacket =
    "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
    " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    "<?xpacket end=\"w\"?>\n";

struct PacketWriter : pugi::xml_writer {
  std::string text;
  void write(const void* data, size_t size) override { text.append(static_cast<const char*>(data), size); }
};

bool begins_with_byte_order_mark(std::string_view bytes) {
  for (const std::string_view mark : {std::string_view("\xEF\xBB\xBF"), std::string_view("\xFF\xFE"),
                                      std::string_view("\xFE\xFF"), std::string_view("\0\0\xFE\xFF", 4)}) {
    if (bytes.starts_with(mark)) return true;
  }
  return false;
}

Node declaration_of(const pugi::xml_document& document) {
  return document.find_child([](Node node) { return node.type() == pugi::node_declaration; });
}

// Iterative, so that a deep document cannot overflow the stack.
int depth_of(Node root) {
  int depth = 0, deepest = 0;
  for (Node node = root; node;) {
    if (node.first_child()) {
      node = node.first_child();
      deepest = std::max(deepest, ++depth);
      continue;
    }
    while (node && node != root && !node.next_sibling()) node = node.parent(), --depth;
    if (!node || node == root) break;
    node = node.next_sibling();
  }
  return deepest;
}

}  // namespace

struct XmpDocument::Tree {
  pugi::xml_document document;
  pugi::xml_encoding encoding = pugi::encoding_utf8;
  bool mark = false;
  std::string name;
  Node rdf;

  // The location of a property: an element, or an attribute of an rdf:Description.
  struct Place {
    Node owner, element;
    pugi::xml_attribute attribute;
    explicit operator bool() const { return element || attribute; }
    Node list() const { return is_list(first_element(element)) ? first_element(element) : Node(); }
  };
  Place find(const XmpName& property) const {
    Place place;
    for (const Node owner : rdf.children()) {
      if (!is(owner, kRdf, "Description")) continue;
      const Place before = place;
      for (const pugi::xml_attribute attribute : owner.attributes()) {
        if (is(attribute, owner, property.space, property.local)) place = {owner, Node(), attribute};
      }
      int elements = 0;
      for (const Node child : owner.children()) {
        if (is(child, property.space, property.local)) place = {owner, child, {}}, ++elements;
      }
      TL_CHECK_AS(ErrorKind::kData, elements < 2 && (!before || place.owner == before.owner), "{}: has {}:{} twice", name,
                  property.prefix, property.local);
    }
    return place;
  }
  Node new_description() {
    Node after;
    std::string about;
    for (const Node child : rdf.children()) {
      if (child.type() != pugi::node_element) continue;
      after = child;
      for (const pugi::xml_attribute attribute : child.attributes()) {
        if (is_about(attribute, child)) about = attribute.value();
      }
    }
    Node description = after ? rdf.insert_child_after("x", after) : rdf.prepend_child("x");
    const std::string indentation = after ? indentation_before(after) : "\n  ";
    if (!indentation.empty()) rdf.insert_child_before(pugi::node_pcdata, description).set_value(indentation.c_str());
    description.set_name(name_in(description, kRdf, "rdf", "Description").c_str());
    description.append_attribute(name_in(description, kRdf, "rdf", "about").c_str()) = about.c_str();
    return description;
  }
  void remove_description_if_empty(Node description) {
    if (!has_property(description) && is_blank(text_in(description))) remove_with_indentation(description);
  }
  // The last character that the packet's encoding can represent. pugixml reads ASCII under any name as UTF-8.
  char32_t last_character() const {
    if (encoding == pugi::encoding_latin1) return 0xFF;
    const std::string_view declared = declaration_of(document).attribute("encoding").value();
    const bool is_ascii = encoding == pugi::encoding_utf8 && !declared.empty() && declared != "UTF-8" && declared != "utf-8";
    return is_ascii ? 0x7F : kLastCharacter;
  }
  void load(std::string_view packet) {
    TL_CHECK_AS(ErrorKind::kData, !packet.empty(), "{}: is empty, not XMP", name);
    TL_CHECK_AS(ErrorKind::kData, packet.size() <= kLargestPacket, "{}: has {} bytes of XMP; the limit is {}", name,
                packet.size(), kLargestPacket);
    const pugi::xml_parse_result result = document.load_buffer(packet.data(), packet.size(), kParse);
    TL_CHECK_AS(ErrorKind::kData, result, "{}: is not XMP: {} at byte {}", name, result.description(), result.offset);
    encoding = result.encoding;
    mark = begins_with_byte_order_mark(packet);
    TL_CHECK_AS(ErrorKind::kData, encoding != pugi::encoding_utf8 || find_invalid_utf8(packet) == packet.npos,
                "{}: is not XMP: byte {} is not UTF-8", name, find_invalid_utf8(packet));
    TL_CHECK_AS(ErrorKind::kData, depth_of(document) <= kDeepestElement, "{}: is nested more than {} levels", name,
                kDeepestElement);
    Node root;
    for (const Node child : document.children()) {
      TL_CHECK_AS(ErrorKind::kData, child.type() != pugi::node_doctype,
                  "{}: has a document type declaration, which XMP does not allow", name);
      TL_CHECK_AS(ErrorKind::kData, child.type() != pugi::node_element || !root, "{}: is not XMP: it has two root elements",
                  name);
      if (child.type() == pugi::node_element) root = child;
    }
    rdf = is(root, kRdf, "RDF") ? root : child_of(root, kRdf, "RDF");
    TL_CHECK_AS(ErrorKind::kData, rdf, "{}: is not XMP: it has no rdf:RDF", name);
  }
};

XmpDocument::XmpDocument() : tree_(std::make_unique<Tree>()) { tree_->load(kNewPacket); }
XmpDocument::XmpDocument(std::string_view packet, std::string name) : tree_(std::make_unique<Tree>()) {
  tree_->name = std::move(name);
  tree_->load(packet);
}
XmpDocument::~XmpDocument() = default;
XmpDocument::XmpDocument(XmpDocument&&) noexcept = default;
XmpDocument& XmpDocument::operator=(XmpDocument&&) noexcept = default;

std::vector<XmpItem> XmpDocument::items(const XmpName& property) const {
  const Tree::Place place = tree_->find(property);
  if (place.attribute) return {{place.attribute.value(), false}};
  std::vector<XmpItem> items;
  const Node list = place.list();
  for (const Node child : list.children()) {
    if (child.type() != pugi::node_element) continue;
    XmpItem item;
    TL_CHECK_AS(ErrorKind::kData, text_of(child, item.text, item.plain), "{}: an item of {}:{} is a structure, not text",
                tree_->name, property.prefix, property.local);
    items.push_back(item);
  }
  if (!place.element || list) return items;
  XmpItem item;
  TL_CHECK_AS(ErrorKind::kData, text_of(place.element, item.text, item.plain), "{}: {}:{} is a structure, not a list of texts",
              tree_->name, property.prefix, property.local);
  if (!is_blank(item.text)) items.push_back({item.text, false});
  return items;
}

void XmpDocument::add(const XmpName& property, const std::string& text) {
  Tree::Place place = tree_->find(property);
  if (!place) {
    place.owner = tree_->new_description();
    const std::string outer = indentation_before(place.owner), inner = outer.empty() ? "" : outer + " ";
    append_text(place.owner, inner);
    place.element = append_element(place.owner, property.space, property.prefix, property.local);
    append_text(place.owner, outer);
  } else if (place.attribute) {
    const std::string before = place.attribute.value();
    place.owner.remove_attribute(place.attribute);
    place.element = append_element(place.owner, property.space, property.prefix, property.local);
    if (!is_blank(before)) append_text(place.element, before);
  }
  const std::string outer = indentation_before(place.element);
  const auto inner = [&](const char* more) { return outer.empty() ? "" : outer + more; };
  Node list = place.list();
  if (!list) {
    // A list item allows the same contents as a property element, so the property moves into the first item unchanged.
    const Node old = place.element;
    Node fresh = place.owner.insert_child_after(old.name(), old);
    for (const pugi::xml_attribute attribute : old.attributes()) {
      if (is_declaration(attribute)) fresh.append_copy(attribute);
    }
    append_text(fresh, inner(" "));
    list = append_element(fresh, kRdf, "rdf", "Bag");
    append_text(fresh, outer);
    if (first_element(old) || !is_blank(text_in(old)) || attribute_of(old, "resource") || attribute_of(old, "value")) {
      append_text(list, inner("  "));
      Node first = list.append_copy(old);
      first.set_name(name_in(first, kRdf, "rdf", "li").c_str());
    }
    append_text(list, inner(" "));
    place.owner.remove_child(old);
  }
  Node last;
  for (const Node child : list.children()) {
    if (child.type() == pugi::node_element) last = child;
  }
  Node item = last ? list.insert_child_after("x", last) : list.prepend_child("x");
  item.set_name(name_in(item, kRdf, "rdf", "li").c_str());
  append_text(item, text);
  const std::string indentation = last ? indentation_before(last) : inner("  ");
  if (!indentation.empty()) list.insert_child_before(pugi::node_pcdata, item).set_value(indentation.c_str());
}

void XmpDocument::remove(const XmpName& property, size_t index) {
  const Tree::Place place = tree_->find(property);
  Node list = place.list();
  size_t count = 0;
  Node found;
  for (const Node child : list.children()) {
    if (child.type() == pugi::node_element && count++ == index) found = child;
  }
  if (found) remove_with_indentation(found);
  if (found && count > 1) return;
  Node owner = place.owner;
  if (place.attribute) owner.remove_attribute(place.attribute);
  if (place.element) remove_with_indentation(place.element);
  tree_->remove_description_if_empty(owner);
}

void XmpDocument::replace_namespace(const char* space, const char* prefix, const std::vector<List>& properties) {
  for (Node owner = tree_->rdf.first_child(); owner;) {
    const Node next = owner.next_sibling();
    bool removed = false;
    if (is(owner, kRdf, "Description")) {
      for (pugi::xml_attribute attribute = owner.first_attribute(); attribute;) {
        const pugi::xml_attribute following = attribute.next_attribute();
        if (is(attribute, owner, space, local_of(attribute.name()))) removed = owner.remove_attribute(attribute);
        attribute = following;
      }
      for (Node child = owner.first_child(); child;) {
        const Node following = child.next_sibling();
        if (is(child, space, local_of(child.name()))) remove_with_indentation(child), removed = true;
        child = following;
      }
    }
    if (removed) tree_->remove_description_if_empty(owner);
    owner = next;
  }
  if (properties.empty()) return;
  Node description = tree_->new_description();
  const std::string outer = indentation_before(description);
  const auto inner = [&](const char* more) { return outer.empty() ? "" : outer + more; };
  for (const List& property : properties) {
    append_text(description, inner(" "));
    Node element = description.append_child("x");
    element.set_name(name_in(description, space, prefix, property.local).c_str());
    if (!property.list) {
      append_text(element, property.texts.at(0));
      continue;
    }
    append_text(element, inner("  "));
    Node bag = append_element(element, kRdf, "rdf", "Bag");
    for (const std::string& text : property.texts) {
      append_text(bag, inner("   "));
      append_text(append_element(bag, kRdf, "rdf", "li"), text);
    }
    append_text(bag, inner("  "));
    append_text(element, inner(" "));
  }
  append_text(description, outer);
}

bool XmpDocument::is_empty() const {
  for (const Node child : tree_->rdf.children()) {
    if (child.type() == pugi::node_element && has_property(child)) return false;
  }
  return true;
}

std::string XmpDocument::text() const {
  pugi::xml_document copy;
  copy.reset(tree_->document);
  escape_all(copy, tree_->last_character());
  PacketWriter writer;
  copy.save(writer, "", tree_->mark ? kSave | pugi::format_write_bom : kSave, tree_->encoding);
  return writer.text;
}

bool XmpDocument::is_utf8() const { return tree_->encoding == pugi::encoding_utf8; }

std::string XmpDocument::utf8() const {
  pugi::xml_document copy;
  copy.reset(tree_->document);
  copy.remove_child(declaration_of(copy));
  escape_all(copy, kLastCharacter);
  PacketWriter writer;
  copy.save(writer, "", kSave, pugi::encoding_utf8);
  return writer.text;
}

std::string XmpDocument::rest(const std::vector<XmpName>& properties, const char* space) const {
  XmpDocument copy;
  copy.tree_->name = tree_->name;
  copy.tree_->load(utf8());
  copy.replace_namespace(space, "", {});
  for (const XmpName& property : properties) {
    for (Tree::Place place; (place = copy.tree_->find(property));) {
      if (place.attribute) place.owner.remove_attribute(place.attribute);
      if (place.element) place.owner.remove_child(place.element);
    }
  }
  for (Node child = copy.tree_->rdf.first_child(); child;) {
    const Node next = child.next_sibling();
    if (is(child, kRdf, "Description") && !has_property(child) && is_blank(text_in(child))) copy.tree_->rdf.remove_child(child);
    child = next;
  }
  // Blanks next to elements, or alone between tags, are layout.
  for (Node node = copy.tree_->rdf; node;) {
    Node next = node.first_child();
    for (Node at = node; !next && at && at != copy.tree_->rdf; at = at.parent()) next = at.next_sibling();
    const bool layout = node.previous_sibling() || node.next_sibling() || node.parent() == copy.tree_->rdf;
    if (node.type() == pugi::node_pcdata && is_blank(node.value()) && layout) node.parent().remove_child(node);
    node = next;
  }
  return copy.utf8();
}

}  // namespace tagloom
