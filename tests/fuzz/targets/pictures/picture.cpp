// A file of any picture format, recognised by its first bytes, decoded and transformed.
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void picture(Input input) {
  decode_and_transform(input, [](Input file, int least_side) { return decode_image(file, "fuzz", least_side); });
}

}  // namespace tagloom::fuzz
