#pragma once
// Makes small pictures for pages: JPEGs whose longer side has at most `side` pixels.
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "engine/data/image.h"

namespace tagloom {

// Throws Error(kData) if the picture cannot be read.
std::vector<uint8_t> thumbnail_jpeg(const std::filesystem::path& path, int side);

// `decoded` may be scaled; if it is smaller than the thumbnail, `file` is decoded again.
std::vector<uint8_t> thumbnail_jpeg(const Image& decoded, std::span<const uint8_t> file, int side);

}  // namespace tagloom
