#pragma once
// A decoded picture, and the ways in (JPEG, PNG, BMP, GIF, PPM/PGM) and out (PNG, JPEG).
//
// Whatever the file holds becomes 8-bit RGB: grey is repeated, a palette is looked up, 16 bits are rounded to
// 8 (v / 257), CMYK and YCCK are multiplied out (Adobe's inverted values recognised), transparent pixels are
// laid on white, the first frame of an animation is taken, and a JPEG's EXIF orientation is applied.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace tagloom {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // [height, width, 3]
};

// More pixels, or a longer side, are refused before any memory is asked for.
inline constexpr int64_t kMostPixels = int64_t{1} << 28;
inline constexpr int64_t kMostPictureSide = 65535;

// Decodes a file. With least_side > 0 a JPEG may come back at 1/2 or 1/4 of its size, as long as both sides
// stay at least least_side: the decoder then skips most of the inverse DCT. Throws Error(kData),
// "photos/a.jpg: …", for a missing, truncated, damaged, oversized or unknown file; a damaged picture is never
// returned in part.
Image decode_image(const std::filesystem::path& path, int least_side = 0);

// The same from memory; `name` stands in the messages.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name, int least_side = 0);

// Complete files in memory. quality is 1 to 100. Throws Error(kUsage) for an empty or inconsistent picture.
std::vector<uint8_t> encode_png(const Image& image);
std::vector<uint8_t> encode_jpeg(const Image& image, int quality);

}  // namespace tagloom
