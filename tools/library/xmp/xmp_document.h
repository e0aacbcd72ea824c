#pragma once
// An XMP packet as a tree whose lists of text can be read and edited without changing anything else.
//
// Exiv2 reads every packet before and after an edit (exiv2_packet.h), but does not write it: it would rebuild the packet from its
// properties and lose comments, padding, rdf:about, prefixes and the name of the program that wrote it. pugixml preserves the tree.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// A property. `prefix` is used if the packet does not declare one for the namespace.
struct XmpName {
  const char* space;
  const char* prefix;
  const char* local;
};

// One text of a list. `plain` if it is only text: no xml:lang, no other qualifier, no surrounding blanks.
struct XmpItem {
  std::string text;
  bool plain = false;
};

class XmpDocument {
 public:
  // Creates a packet without properties.
  XmpDocument();
  // Messages begin with `name`. Throws Error(kData) if the packet is not well-formed XMP, has a document type declaration (whose entities
  // could expand without limit), is nested more than 100 levels or larger than 32 MiB. UTF-8, UTF-16, UTF-32 and Latin-1 are read and
  // written back as they were.
  XmpDocument(std::string_view packet, std::string name);
  ~XmpDocument();
  XmpDocument(XmpDocument&&) noexcept;
  XmpDocument& operator=(XmpDocument&&) noexcept;

  // Returns the texts of a property: the items of a Bag, Seq or Alt, or the text of a simple property, with entities and CDATA resolved.
  // Throws Error(kData) if the property occurs twice or is a structure.
  std::vector<XmpItem> items(const XmpName& property) const;

  // Appends to the list, which remains a Bag, Seq or Alt. A simple property becomes a Bag that begins with its text.
  void add(const XmpName& property, const std::string& text);

  // Removes items()[index]. Removing the last item also removes the property.
  void remove(const XmpName& property, size_t index);

  // Replaces all properties of a namespace with these lists and texts, in a separate rdf:Description.
  struct List {
    std::string local;
    std::vector<std::string> texts;
    bool list = true;  // false: a simple property with one text
  };
  void replace_namespace(const char* space, const char* prefix, const std::vector<List>& properties);

  // Whether the packet has no properties.
  bool is_empty() const;

  // Returns the packet in its original encoding.
  std::string text() const;

  // Returns the packet in UTF-8 with as few references as possible, because Adobe's toolkit in Exiv2 cannot read UTF-16 from a file and
  // reads &#x26; as a blank.
  std::string utf8() const;
  bool is_utf8() const;  // whether text() is UTF-8

  // Returns the packet in UTF-8 without these properties, the namespace `space`, and blanks between elements. An edit must not change it.
  std::string rest(const std::vector<XmpName>& properties, const char* space) const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace tagloom
