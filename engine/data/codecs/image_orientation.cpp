// EXIF orientation: finds tag 0x0112 in EXIF data and rotates or mirrors the picture accordingly.
#include <cstring>
#include <utility>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/tiff_structure.h"

namespace tagloom {

int exif_orientation(std::span<const uint8_t> exif, int missing) {
  if (exif.size() >= 6 && std::memcmp(exif.data(), "Exif\0", 6) == 0) exif = exif.subspan(6);
  const std::optional<TiffStructure> tiff = TiffStructure::open(exif);
  if (!tiff) return missing;
  size_t next = 0;
  for (const TiffStructure::Entry& entry : tiff->entries(tiff->first_directory(), next)) {
    if (entry.tag != 0x0112) continue;
    const uint32_t value = tiff->value(entry);
    return entry.type == 3 && value >= 1 && value <= 8 ? static_cast<int>(value) : missing;
  }
  return missing;
}

// The orientation is the corner of the displayed picture where the stored pixels start: 1 top left, 2 top right, 3 bottom right,
// 4 bottom left; 5 to 8 are the same with rows and columns exchanged.
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
