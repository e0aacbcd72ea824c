// The orientation of an APP1 segment, and a picture rotated and mirrored by it.
#include <algorithm>

#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

void exif(Input input) {
  const int orientation = exif_orientation(input);
  require(orientation >= 1 && orientation <= 8, "there is no such orientation", std::to_string(orientation));
  const Image image{3, 2, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}};
  Image shown = apply_orientation(image, orientation);
  require(shown.width == (orientation >= 5 ? 2 : 3), "a side is wrong");
  // 6 and 8 are quarter turns in opposite directions; the others undo themselves.
  shown = apply_orientation(std::move(shown), orientation == 6 ? 8 : orientation == 8 ? 6 : orientation);
  require(shown.width == image.width && shown.rgb == image.rgb, "turning back gives another picture");
}

}  // namespace tagloom::fuzz
