// EXIF orientation: finds tag 0x0112 in a JPEG's APP1 segment and rotates or mirrors the picture accordingly.
#include <cstring>
#include <utility>

#include "engine/data/formats/image_codecs.h"

namespace tagloom {

int exif_orientation(std::span<const uint8_t> segment) {
  constexpr size_t kPrefix = 6, kHeader = 8, kEntry = 12;
  if (segment.size() < kPrefix + kHeader || std::memcmp(segment.data(), "Exif\0", 6) != 0) return 1;
  const std::span<const uint8_t> tiff = segment.subspan(kPrefix);
  const bool big_endian = tiff[0] == 'M' && tiff[1] == 'M';
  if (!big_endian && !(tiff[0] == 'I' && tiff[1] == 'I')) return 1;
  const auto read16 = [&](size_t at) {
    return static_cast<size_t>(big_endian ? tiff[at] << 8 | tiff[at + 1] : tiff[at + 1] << 8 | tiff[at]);
  };
  const auto read32 = [&](size_t at) {
    return big_endian ? read16(at) << 16 | read16(at + 2) : read16(at + 2) << 16 | read16(at);
  };
  if (read16(2) != 42) return 1;
  const size_t directory = read32(4);
  if (directory > tiff.size() - 2) return 1;
  const size_t entries = read16(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntry;
    if (entry + kEntry > tiff.size()) return 1;
    if (read16(entry) != 0x0112) continue;
    const size_t type = read16(entry + 2), value = read16(entry + 8);
    return type == 3 && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

// The orientation gives the corner of the displayed picture at which the stored one starts: 1 top left, 2 top right, 3 bottom
// right, 4 bottom left, and 5 to 8 the same with rows and columns exchanged.
Image apply_orientation(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool exchanged = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image shown{exchanged ? image.height : image.width, exchanged ? image.width : image.height, {}};
  shown.rgb.resize(image.rgb.size());
  uint8_t* out = shown.rgb.data();
  for (int y = 0; y < shown.height; ++y) {
    for (int x = 0; x < shown.width; ++x, out += 3) {
      int from_x = exchanged ? y : x, from_y = exchanged ? x : y;
      if (from_right) from_x = image.width - 1 - from_x;
      if (from_bottom) from_y = image.height - 1 - from_y;
      const uint8_t* in = &image.rgb[(static_cast<size_t>(from_y) * image.width + from_x) * 3];
      out[0] = in[0];
      out[1] = in[1];
      out[2] = in[2];
    }
  }
  return shown;
}

}  // namespace tagloom
