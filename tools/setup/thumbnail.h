#pragma once
// Makes thumbnails for HTML pages.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/data/image.h"

namespace tagloom {

// A JPEG whose longer side has at most `side` pixels. Throws Error(kData) if the picture cannot be decoded.
std::vector<uint8_t> thumbnail_jpeg(const PictureContent& content, int side);

// Returns the picture as a JPEG whose longer side is at most `side`. `decoded` may be scaled down; if it is smaller than the thumbnail,
// `file` is decoded again.
std::vector<uint8_t> thumbnail_jpeg(const Image& decoded, std::span<const uint8_t> file, int side);

}  // namespace tagloom
