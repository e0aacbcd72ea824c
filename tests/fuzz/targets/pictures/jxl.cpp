// A JPEG XL codestream or container.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void jxl(Input input) {
  decode_and_transform(input, [](Input file, int) { return decode_jxl(file, "fuzz"); });
}

}  // namespace tagloom::fuzz
