#pragma once
// Quotes a word for a command that a message or a file shows.
#include <string>

namespace tagloom {

// The word itself if a shell reads it as one word, else in quotes; $'caf\xE9' (bash) if it is not UTF-8.
std::string shell_quoted(const std::string& word);

}  // namespace tagloom
