#include "tools/library/xmp/xml_escapes.h"

#include <bit>
#include <string>
#include <string_view>

#include "kernels/base/format.h"

namespace tagloom {
namespace {

// Decimal, because Adobe's toolkit reads &#xE4; as a blank.
std::string reference(char32_t character) { return format("&#{};", static_cast<uint32_t>(character)); }

// Reads the first character of UTF-8, and removes it.
char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead < 0x80 ? 1 : static_cast<size_t>(std::countl_one(lead));
  char32_t character = lead < 0x80 ? lead : lead & (0x7F >> length);
  for (size_t i = 1; i < length && i < text.size(); ++i) character = character << 6 | (text[i] & 0x3F);
  text.remove_prefix(std::min(length, text.size()));
  return character;
}

std::string escaped(std::string_view text, bool in_attribute, char32_t last) {
  std::string result;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t character = take_character(text);
    const bool is_layout = character == '\t' || character == '\n';
    if (character == '&')
      result += "&amp;";
    else if (character == '<')
      result += "&lt;";
    else if (character == '>')
      result += "&gt;";
    else if (character == '"' && in_attribute)
      result += "&quot;";
    else if (character > last || (character < ' ' && (in_attribute || !is_layout)))
      result += reference(character);
    else
      result += before.substr(0, before.size() - text.size());
  }
  return result;
}

}  // namespace

void escape_all(pugi::xml_document& tree, char32_t last) {
  const pugi::xml_node root = tree;
  for (pugi::xml_node node = root; node;) {
    if (node.type() == pugi::node_pcdata) node.set_value(escaped(node.value(), false, last).c_str());
    if (node.type() == pugi::node_element) {
      for (pugi::xml_attribute attribute : node.attributes()) attribute.set_value(escaped(attribute.value(), true, last).c_str());
    }
    pugi::xml_node next = node.first_child();
    for (; !next && node && node != root; node = node.parent()) next = node.next_sibling();
    node = next;
  }
}

}  // namespace tagloom
