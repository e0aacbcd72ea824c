// A TIFF file, decoded from memory.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void tiff(Input input) {
  decode_and_transform(input, [](Input file, int) { return decode_tiff(file, "fuzz"); });
}

}  // namespace tagloom::fuzz
