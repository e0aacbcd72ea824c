#pragma once
// Decodes pictures (JPEG, PNG, BMP, GIF, PPM/PGM; WebP, TIFF, HEIC, AVIF, JPEG XL and raw files if picture_kinds.h lists them as decoded)
// and encodes them (PNG, JPEG).
//
// Every file becomes 8-bit RGB: grey is repeated, palettes are looked up, 16 bits are rounded to 8 (v / 257), CMYK and YCCK are
// converted (including Adobe's inverted values), transparent pixels are blended with white, animations give their first frame, TIFF
// files their first page, raw files the preview that the camera stored, and the orientation is applied once, from EXIF data or from the
// format's own. Colour profiles are ignored.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "kernels/base/error.h"

namespace tagloom {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // [height, width, 3]
};

// Thrown, as Error(kData), if a codec ran out of memory; the picture may be intact.
class DecoderOutOfMemory : public Error {
 public:
  explicit DecoderOutOfMemory(const std::string& name) : Error(ErrorKind::kData, name + ": not enough memory to decode it") {}
};

// Larger pictures are rejected before any memory is allocated, as are those whose decoder would need more than 512 MiB plus 64 times the
// size of the file.
inline constexpr int64_t kMostPixels = int64_t{1} << 28;
inline constexpr int64_t kMostPictureSide = 65535;

// Decodes a file. With least_side > 0 a JPEG may be decoded at 1/2 or 1/4 of its size, as long as both sides stay at least
// least_side: this skips most of the inverse DCT. Throws Error(kData), "photos/a.jpg: …", for a missing, truncated, damaged,
// oversized or unknown file; never returns part of a damaged picture.
Image decode_image(const std::filesystem::path& path, int least_side = 0);

// The same from memory; messages begin with `name`.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name, int least_side = 0);

// Complete files in memory. quality is 1 to 100. Throws Error(kUsage) for an empty or inconsistent picture.
std::vector<uint8_t> encode_png(const Image& image);
std::vector<uint8_t> encode_jpeg(const Image& image, int quality);

}  // namespace tagloom
