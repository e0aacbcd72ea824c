#pragma once
// The MD5 of a picture's IPTC block, which Photoshop and other programs store next to it.
#include <string>
#include <string_view>

namespace tagloom {

// Returns 16 bytes.
std::string md5_of(std::string_view bytes);

}  // namespace tagloom
