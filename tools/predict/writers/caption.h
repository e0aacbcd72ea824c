#pragma once
// Adds tags to captions, the text files that training programs read: "trigger word, road, blue sky".
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// Appends the missing tags to the first line of the caption, separated by ", ", and puts the prefix in front unless the caption begins with
// it or contains it as a tag. The prefix is one or more whole tags, "man" or "sks dog, photo"; one that ends in a blank, "a photo of ",
// is the beginning of the first tag. A tag counts as present in any spelling: case of A to Z, spaces or underscores, a backslash before a
// character. A comma or line break in a tag becomes a space. Other lines, line ends and a byte order mark are preserved. Returns the text
// unchanged if nothing is missing.
std::string add_to_caption(std::string_view caption, std::string_view prefix, const std::vector<std::string>& tags);

}  // namespace tagloom
