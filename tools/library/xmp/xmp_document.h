#pragma once
// An XMP packet as a tree, in which lists of text are read and edited while everything else keeps its bytes.
//
// Exiv2 reads every packet before and after an edit (exiv2_packet.h). It does not write them, because it rebuilds a packet from its list
// of properties: comments, padding, rdf:about, prefixes and the writing program's name would be lost. pugixml keeps the tree as it is.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// A property: `prefix` is declared where the packet has none for the namespace.
struct XmpName {
  const char* space;
  const char* prefix;
  const char* local;
};

// One text of a list. `plain` if it is written as text alone: no xml:lang, no other qualifier, no blanks around it.
struct XmpItem {
  std::string text;
  bool plain = false;
};

class XmpDocument {
 public:
  // A new packet without properties.
  XmpDocument();
  // `name` begins messages. Throws Error(kData) if the packet is not well-formed XMP, has a document type declaration (whose entities
  // could expand without limit), is nested more than 100 levels or larger than 32 MiB. UTF-8, UTF-16, UTF-32 and Latin-1 are read and
  // written back as they were.
  XmpDocument(std::string_view packet, std::string name);
  ~XmpDocument();
  XmpDocument(XmpDocument&&) noexcept;
  XmpDocument& operator=(XmpDocument&&) noexcept;

  // The texts of a property: of a Bag, Seq or Alt, or the one text of a simple property. Entities and CDATA are replaced by what they
  // stand for. Throws Error(kData) if the property occurs twice or is a structure.
  std::vector<XmpItem> items(const XmpName& property) const;

  // Appends to the list, which stays a Bag, Seq or Alt; a simple property becomes a Bag that begins with its text.
  void add(const XmpName& property, const std::string& text);

  // Removes an item of items(). A list without items goes too.
  void remove(const XmpName& property, size_t index);

  // Replaces all properties of a namespace by these lists and texts, in an rdf:Description of their own.
  struct List {
    std::string local;
    std::vector<std::string> texts;
    bool list = true;  // false: a simple property with the one text
  };
  void replace_namespace(const char* space, const char* prefix, const std::vector<List>& properties);

  // Whether there are no properties at all.
  bool is_empty() const;

  // The packet, in the encoding that it was read in.
  std::string text() const;

  // The same packet in UTF-8 with plain text in place of entities. Adobe's toolkit, which is in Exiv2, reads no UTF-16 from a file and takes
  // &#x26; for a blank.
  std::string utf8() const;
  bool is_utf8() const;  // whether text() is

  // The packet in UTF-8 without these properties, the namespace `space`, and blanks between elements: equal before and after an edit.
  std::string rest(const std::vector<XmpName>& properties, const char* space) const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace tagloom
