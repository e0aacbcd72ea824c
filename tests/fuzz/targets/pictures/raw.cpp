// The preview of a raw file.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void raw(Input input) {
  decode_and_transform(input, [](Input file, int least_side) { return decode_raw(file, "fuzz", least_side); });
}

}  // namespace tagloom::fuzz
