#pragma once
// Captions: the text files with a picture's tags that training programs read, "trigger word, road, blue sky".
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// The caption with the tags that it does not have yet appended to its first line, separated by ", ", and with the prefix in front if it has
// that neither there nor as one of its tags. A tag counts as present in any spelling: case of A to Z, spaces or underscores, a backslash
// before a character. A comma or line break in a tag becomes a space. Other lines, line ends and a byte order mark stay. Returns the
// text unchanged if nothing is missing.
std::string add_to_caption(std::string_view caption, std::string_view prefix, const std::vector<std::string>& tags);

}  // namespace tagloom
