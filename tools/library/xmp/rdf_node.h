#pragma once
// Accesses RDF in a pugixml tree: elements and attributes by namespace, texts in all their notations, and layout.
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace tagloom::rdf {

using Node = pugi::xml_node;

inline constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

std::string_view local_of(std::string_view name);  // "subject" from "dc:subject"
bool is(Node node, std::string_view space, std::string_view local);
bool is(pugi::xml_attribute attribute, Node owner, std::string_view space, std::string_view local);
bool is_about(pugi::xml_attribute attribute, Node owner);  // rdf:about, or about without a prefix, as old programs write it
bool is_declaration(pugi::xml_attribute attribute);        // xmlns="..." or xmlns:dc="..."
bool is_list(Node node);                                   // rdf:Bag, rdf:Seq, rdf:Alt
bool is_blank(std::string_view text);
bool has_property(Node description);  // whether an rdf:Description has any property

// Return the first match, or a null node or attribute if there is none.
pugi::xml_attribute attribute_of(Node node, std::string_view local);  // in RDF's namespace
Node child_of(Node node, std::string_view space, std::string_view local);
Node first_element(Node node);

std::string text_in(Node node);  // text and CDATA directly inside the node

// Reads the text of an rdf:li or a property element: its own text, that of rdf:value if it has qualifiers, or rdf:resource. Sets `plain` if
// the element is only text, without surrounding blanks. Returns false if the element contains a list or a structure.
bool text_of(Node node, std::string& text, bool& plain);

// Returns a name such as "dc:subject" with a prefix that is in scope for the namespace. Declares one on the node if there is none.
std::string name_in(Node node, std::string_view space, const std::string& prefix, const std::string& local);
Node append_element(Node parent, std::string_view space, const std::string& prefix, const std::string& local);

std::string indentation_before(Node node);  // the blanks before the node; "" if there are none
void append_text(Node node, const std::string& text);
void remove_with_indentation(Node node);

}  // namespace tagloom::rdf
