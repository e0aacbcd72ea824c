#pragma once
// What --version says: this build's version, what it can run on, and the libraries it found.
#include <string>

namespace tagloom {

std::string version();                              // "0.1.0"
std::string version_text(const std::string& tool);  // several lines

}  // namespace tagloom
