#include "tools/library/xmp/rdf_node.h"

#include <algorithm>

namespace tagloom::rdf {
namespace {

constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";

std::string_view prefix_of(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == name.npos ? std::string_view() : name.substr(0, colon);
}

// Whether the attribute is xmlns:prefix="..." or, for an empty prefix, xmlns="...".
bool declares(std::string_view attribute, std::string_view prefix) {
  if (prefix.empty()) return attribute == "xmlns";
  return attribute.starts_with("xmlns:") && attribute.substr(6) == prefix;
}

std::string_view space_of(Node node, std::string_view prefix) {
  if (prefix == "xml") return kXml;
  for (; node; node = node.parent()) {
    for (const pugi::xml_attribute attribute : node.attributes()) {
      if (declares(attribute.name(), prefix)) return attribute.value();
    }
  }
  return {};
}

bool is_text(Node node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

}  // namespace

std::string_view local_of(std::string_view name) { return name.substr(name.find(':') + 1); }

bool is(Node node, std::string_view space, std::string_view local) {
  const std::string_view name = node.name();
  return node.type() == pugi::node_element && local_of(name) == local && space_of(node, prefix_of(name)) == space;
}

bool is(pugi::xml_attribute attribute, Node owner, std::string_view space, std::string_view local) {
  const std::string_view name = attribute.name(), prefix = prefix_of(name);
  return local_of(name) == local && !prefix.empty() && prefix != "xmlns" && space_of(owner, prefix) == space;
}

bool is_declaration(pugi::xml_attribute attribute) {
  const std::string_view name = attribute.name();
  return name == "xmlns" || name.starts_with("xmlns:");
}

bool is_about(pugi::xml_attribute attribute, Node owner) {
  return is(attribute, owner, kRdf, "about") || std::string_view(attribute.name()) == "about";
}

pugi::xml_attribute attribute_of(Node node, std::string_view local) {
  for (const pugi::xml_attribute attribute : node.attributes()) {
    if (is(attribute, node, kRdf, local)) return attribute;
  }
  return {};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

std::string text_in(Node node) {
  std::string text;
  for (const Node child : node.children()) {
    if (is_text(child)) text += child.value();
  }
  return text;
}

Node first_element(Node node) {
  const auto children = node.children();
  const auto found =
      std::find_if(children.begin(), children.end(), [](Node child) { return child.type() == pugi::node_element; });
  return found == children.end() ? Node() : *found;
}

Node child_of(Node node, std::string_view space, std::string_view local) {
  for (const Node child : node.children()) {
    if (is(child, space, local)) return child;
  }
  return {};
}

std::string name_in(Node node, std::string_view space, const std::string& prefix, const std::string& local) {
  for (Node at = node; at; at = at.parent()) {
    for (const pugi::xml_attribute attribute : at.attributes()) {
      const std::string_view name = attribute.name();
      if (name.starts_with("xmlns:") && attribute.value() == space && space_of(node, name.substr(6)) == space)
        return std::string(name.substr(6)) + ":" + local;
    }
  }
  std::string chosen = prefix;
  while (!space_of(node, chosen).empty()) chosen += "_";
  node.append_attribute(("xmlns:" + chosen).c_str()) = std::string(space).c_str();
  return chosen + ":" + local;
}

Node append_element(Node parent, std::string_view space, const std::string& prefix, const std::string& local) {
  Node child = parent.append_child("x");
  child.set_name(name_in(child, space, prefix, local).c_str());
  return child;
}

bool is_list(Node node) { return is(node, kRdf, "Bag") || is(node, kRdf, "Seq") || is(node, kRdf, "Alt"); }

bool text_of(Node node, std::string& text, bool& plain) {
  const Node element = first_element(node);
  plain = !element && !node.first_attribute();
  if (!element && !attribute_of(node, "resource") && !attribute_of(node, "value")) {
    text = text_in(node);
    plain &= !text.empty() && !is_blank(text.substr(0, 1)) && !is_blank(text.substr(text.size() - 1));
    return !attribute_of(node, "parseType");
  }
  const Node owner = is(element, kRdf, "Description") ? element : node;
  for (const pugi::xml_attribute attribute : {attribute_of(node, "resource"), attribute_of(owner, "value")}) {
    if (attribute) return text = attribute.value(), true;
  }
  const Node value = child_of(owner, kRdf, "value");
  text = text_in(value);
  return value && !first_element(value);
}

std::string indentation_before(Node node) {
  const Node before = node.previous_sibling();
  return is_text(before) && is_blank(before.value()) ? before.value() : "";
}

void append_text(Node node, const std::string& text) {
  if (!text.empty()) node.append_child(pugi::node_pcdata).set_value(text.c_str());
}

void remove_with_indentation(Node node) {
  Node parent = node.parent();
  if (!indentation_before(node).empty()) parent.remove_child(node.previous_sibling());
  parent.remove_child(node);
}

bool has_property(Node description) {
  for (const pugi::xml_attribute attribute : description.attributes()) {
    if (!is_declaration(attribute) && !is_about(attribute, description)) return true;
  }
  return bool(first_element(description));
}

}  // namespace tagloom::rdf
