#pragma once
// What image.cpp asks of the codecs; each codec has its own .cpp because its library's header stays there.
#include <cstdint>
#include <span>
#include <string>

#include "engine/data/image.h"

namespace tagloom {

Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int least_side);  // image_jpeg.cpp
Image decode_with_stb(std::span<const uint8_t> bytes, const std::string& name);              // image_stb.cpp

// The orientation (1 to 8) of a JPEG's APP1 segment; 1 when it has none or it makes no sense.
int exif_orientation(std::span<const uint8_t> segment);
// The picture as its orientation wants it shown.
Image apply_orientation(Image image, int orientation);

void check_picture_size(int64_t width, int64_t height, const std::string& name);
void check_consistent(const Image& image, const char* subject);

}  // namespace tagloom
