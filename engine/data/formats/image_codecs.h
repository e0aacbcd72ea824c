#pragma once
// The codecs behind image.cpp. Each has its own .cpp, the only one that includes its library's header.
#include <cstdint>
#include <span>
#include <string>

#include "engine/data/image.h"

namespace tagloom {

Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int least_side);  // image_jpeg.cpp
Image decode_with_stb(std::span<const uint8_t> bytes, const std::string& name);              // image_stb.cpp
Image decode_pnm(std::span<const uint8_t> bytes, const std::string& name);                   // image_pnm.cpp

// The orientation (1 to 8) from a JPEG's APP1 segment; 1 if it is missing or invalid.
int exif_orientation(std::span<const uint8_t> segment);
// The picture rotated and mirrored for display.
Image apply_orientation(Image image, int orientation);

void check_picture_size(int64_t width, int64_t height, const std::string& name);
// A few bytes that claim millions of pixels would allocate gigabytes before the first of them is decoded.
void check_enough_bytes(int64_t width, int64_t height, size_t bytes, int64_t pixels_per_byte, const std::string& name);
void check_consistent(const Image& image, const char* subject);

}  // namespace tagloom
