#pragma once
// Elements and attributes of RDF in a pugixml tree: names by namespace, texts in their several spellings, and layout.
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace tagloom::rdf {

using Node = pugi::xml_node;

inline constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

std::string_view local_of(std::string_view name);  // "subject" from "dc:subject"
bool is(Node node, std::string_view space, std::string_view local);
bool is(pugi::xml_attribute attribute, Node owner, std::string_view space, std::string_view local);
bool is_about(pugi::xml_attribute attribute, Node owner);  // rdf:about, also as old writers spell it, without prefix
bool is_declaration(pugi::xml_attribute attribute);        // xmlns="..." or xmlns:dc="..."
bool is_list(Node node);                                   // rdf:Bag, rdf:Seq, rdf:Alt
bool is_blank(std::string_view text);
bool has_property(Node description);  // whether an rdf:Description has any

// The first that matches; a null node or attribute if there is none.
pugi::xml_attribute attribute_of(Node node, std::string_view local);  // in the namespace of RDF
Node child_of(Node node, std::string_view space, std::string_view local);
Node first_element(Node node);

std::string text_in(Node node);  // its own text and CDATA

// The text of an rdf:li or a property element: its own, that of rdf:value if it has qualifiers, or rdf:resource. `plain` if it is only a
// text, without blanks around it. False if the element has a list or a structure.
bool text_of(Node node, std::string& text, bool& plain);

// "dc:subject", with the prefix that is in scope for the namespace; else the node gains a declaration.
std::string name_in(Node node, std::string_view space, const std::string& prefix, const std::string& local);
Node append_element(Node parent, std::string_view space, const std::string& prefix, const std::string& local);

std::string indentation_before(Node node);  // the blanks before it; "" if there are none
void append_text(Node node, const std::string& text);
void remove_with_indentation(Node node);

}  // namespace tagloom::rdf
