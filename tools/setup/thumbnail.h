#pragma once
// Makes small pictures for pages.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/data/image.h"

namespace tagloom {

// The picture as a JPEG whose longer side is at most `side`. `decoded` may be scaled; if that is smaller than the thumbnail, `file` is decoded
// again.
std::vector<uint8_t> thumbnail_jpeg(const Image& decoded, std::span<const uint8_t> file, int side);

}  // namespace tagloom
