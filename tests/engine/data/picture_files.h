#pragma once
// Makes pictures for the data tests: PNGs of every kind, byte by byte, and JPEGs of every kind.
#include <cstdint>
#include <vector>

#include "engine/data/image.h"

namespace tagloom::test {

// A PNG made independently of the code under test. colour: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA.
struct PngParts {
  int width = 0, height = 0, depth = 8, colour = 2;
  std::vector<uint8_t> rows = {};     // packed rows, without the filter bytes
  std::vector<uint8_t> palette = {};  // RGB triples
  std::vector<uint8_t> trns = {};     // the tRNS chunk
  std::vector<uint8_t> exif = {};     // the eXIf chunk
};
std::vector<uint8_t> make_png(const PngParts& parts);

// A JPEG with four channels: Adobe-marked CMYK or YCCK store 255 - ink. ink is [height, width, 4], 0 to 255.
enum class FourChannels { kPlainCmyk, kAdobeCmyk, kAdobeYcck };
std::vector<uint8_t> make_four_channel_jpeg(int width, int height, const std::vector<uint8_t>& ink, FourChannels kind);
std::vector<uint8_t> make_grey_jpeg(int width, int height, const std::vector<uint8_t>& grey);
std::vector<uint8_t> make_progressive_jpeg(const Image& image);

// EXIF data with an orientation, as a TIFF structure.
std::vector<uint8_t> make_exif(int orientation, bool big_endian);
// Inserts an EXIF segment after the JPEG's first marker.
std::vector<uint8_t> with_orientation(const std::vector<uint8_t>& jpeg, int orientation, bool big_endian);

// A picture of smooth colours, which JPEG preserves well; `seed` varies them.
Image make_picture(int width, int height, int seed = 0);

// The picture as a camera stores it with this orientation (EXIF 2.3, tag 0x0112), so that it is displayed as `shown`.
Image stored_picture(const Image& shown, int orientation);

// [height, width, 4], opaque.
std::vector<uint8_t> with_alpha(const Image& image);

Image grey_picture(int width, int height);
std::vector<uint16_t> red_of(const Image& image);  // [height, width]

}  // namespace tagloom::test
