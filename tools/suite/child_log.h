#pragma once
// Reads the log of a suite's run: what tagtrain and tageval print on stderr.
#include <string>
#include <vector>

namespace tagloom {

// Both are empty if the log cannot be read, because the message is then about the child.
std::string last_line(const std::string& path);                 // without the name of the tool
std::vector<std::string> warnings_in(const std::string& path);  // each once, without "tagtrain: warning: "

}  // namespace tagloom
