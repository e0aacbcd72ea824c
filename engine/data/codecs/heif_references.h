#pragma once
// Finds circular references between the pictures of a HEIC or AVIF file, which libheif would follow until the stack overflows.
#include <cstdint>
#include <span>

namespace tagloom {

bool has_circular_references(std::span<const uint8_t> heif);

}  // namespace tagloom
