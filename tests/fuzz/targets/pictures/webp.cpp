// A WebP file.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void webp(Input input) {
  decode_and_transform(input, [](Input file, int) { return decode_webp(file, "fuzz"); });
}

}  // namespace tagloom::fuzz
