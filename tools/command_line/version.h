#pragma once
// The output of --version: this build's version, the devices it can use, and the libraries it found.
#include <string>

namespace tagloom {

std::string version();                              // "0.1.0"
std::string version_text(const std::string& tool);  // several lines

}  // namespace tagloom
