#pragma once
// Compares pictures by what they show, so that copies are found that were saved again, resized, cropped a little or mirrored.
#include <array>
#include <cstdint>
#include <vector>

#include "engine/data/image.h"

namespace tagloom {

// A hash of 64 bits is the signs of 8 x 8 frequencies, against their median, of the cosine transform (DCT-II, frequencies 1 to 8 on each
// axis) of the picture in 32 x 32 greys. Few bits differ between copies (Zauner, "Implementation and Benchmarking of Perceptual Image
// Hash Functions", 2010).
struct PictureLook {
  static constexpr int kCrops = 6;
  uint64_t hash = 0;
  uint64_t mirrored = 0;                      // of the mirrored picture
  std::array<uint64_t, kCrops> cropped = {};  // of the picture without 4 % or 8 % at each side, and without 8 % at two sides
  bool plain = true;                          // almost of one colour: then the hash is of noise
};

// The picture in greys, resized to a square whose rows begin at the top.
inline constexpr int kLookSide = 64;
using PictureGreys = std::array<uint8_t, kLookSide * kLookSide>;

PictureGreys greys_of(const Image& image);
PictureLook look_of(const PictureGreys& greys);

// How much two pictures are alike where they overlap best, if either is cropped by at most 16 % at each side.
struct Likeness {
  double coarse = -1;  // correlation of the greys, -1 to 1
  double fine = -1;    // correlation of what is left without large areas: edges and details

  // Copies of a picture have at least these; of other pairs, almost none has (measured in tools/README.md).
  bool is_copy() const { return coarse >= 0.965 && fine >= 0.85; }
};
Likeness likeness(const PictureGreys& a, const PictureGreys& b, bool mirrored);

}  // namespace tagloom
