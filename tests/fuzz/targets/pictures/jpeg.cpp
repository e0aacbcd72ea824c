// A JPEG, decoded at its full or a reduced size and transformed.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void jpeg(Input input) {
  decode_and_transform(input, [](Input file, int least_side) { return decode_jpeg(file, "fuzz.jpg", least_side); });
}

}  // namespace tagloom::fuzz
