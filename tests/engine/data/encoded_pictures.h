#pragma once
// Creates WebP, TIFF, HEIC, AVIF and JPEG XL files with the libraries' encoders, and raw files, for tests. Without its library, a
// function returns an empty vector.
#include <cstdint>
#include <vector>

#include "engine/data/image.h"

namespace tagloom::test {

// rgba is [height, width, 4].
std::vector<uint8_t> make_webp(int width, int height, const std::vector<uint8_t>& rgba);  // lossless
std::vector<uint8_t> make_lossy_webp(const Image& image);
std::vector<uint8_t> with_webp_orientation(const std::vector<uint8_t>& webp, int width, int height, int orientation);
// An animation of two frames: `first` at `x`, `y` (even) on a canvas, twice.
std::vector<uint8_t> make_webp_animation(int width, int height, const std::vector<uint8_t>& first, int first_width,
                                         int first_height, int x, int y);

struct TiffParts {
  int width = 0, height = 0, bits = 8, samples = 3;
  int photometric = 2;                // 0 white is 0, 1 black is 0, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr, 8 Lab
  std::vector<uint16_t> values = {};  // [height, width, samples]
  int compression = 1;                // 1 none, 5 LZW, 7 JPEG, 8 Deflate, 32773 PackBits
  int rows_per_strip = 0;             // 0: all
  int tile = 0;                       // side; 0: strips
  bool planar = false;
  int alpha = 0;  // the last sample: 1 associated, 2 unassociated
  int orientation = 1;
  std::vector<uint16_t> palette = {};  // [3, 2^bits]
  const char* mode = "wl";             // b big-endian, l little-endian, 8 BigTIFF
  int pages = 1;                       // the others are black
};
std::vector<uint8_t> make_tiff(const TiffParts& parts);

enum class HeifCodec { kHeic, kAvif };
struct HeifParts {
  int width = 0, height = 0, bits = 8, channels = 3;
  std::vector<uint16_t> values = {};  // [height, width, channels]
  bool lossless = true;               // exact only for 8-bit grey; colours are rounded to YCbCr
  int orientation = 1;                // by irot and imir
  int exif_orientation = 0;           // in an EXIF item; 0: none
};
std::vector<uint8_t> make_heif(HeifCodec codec, const HeifParts& parts);  // empty without an encoder

struct JxlParts {
  int width = 0, height = 0, bits = 8, channels = 3;
  std::vector<uint16_t> values = {};  // [height, width, channels]
  bool lossless = true, container = false;
  int orientation = 1, frames = 1;  // the other frames are black
};
std::vector<uint8_t> make_jxl(const JxlParts& parts);

// A DNG of a small sensor with a preview; without one if `jpeg` is empty.
std::vector<uint8_t> make_dng(const std::vector<uint8_t>& jpeg, int preview_width, int preview_height, int orientation = 1);

}  // namespace tagloom::test
