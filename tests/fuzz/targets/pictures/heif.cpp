// A HEIC or AVIF file.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void heif(Input input) {
  decode_and_transform(input, [](Input file, int) { return decode_heif(file, "fuzz"); });
}

}  // namespace tagloom::fuzz
