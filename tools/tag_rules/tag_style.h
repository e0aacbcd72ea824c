#pragma once
// Spells tags as other programs expect them: blue_sky or blue sky, and \( for a parenthesis in a prompt.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

enum class TagStyle {
  kPlain,        // unchanged
  kSpaces,       // spaces for underscores, except in emoticons such as ^_^ or o_o, which have no two letters or digits in a row
  kUnderscores,  // underscores for spaces
  kBooru,        // underscores, and a to z for A to Z
  kPrompt,       // kSpaces, with a backslash before \ ( and )
};

const std::vector<std::string>& tag_style_names();  // plain, spaces ...
TagStyle tag_style_of(std::string_view name);       // throws Error(kUsage) for any other name

std::string in_style(std::string_view tag, TagStyle style);

// A key that is the same for all spellings of a tag: lower case for A to Z, spaces for underscores, and no spaces at the ends.
std::string spelling_key(std::string_view tag);

}  // namespace tagloom
