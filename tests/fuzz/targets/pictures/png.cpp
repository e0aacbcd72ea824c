// A PNG, decoded and transformed.
#include "engine/data/codecs/image_codecs.h"
#include "tests/fuzz/picture.h"

namespace tagloom::fuzz {

void png(Input input) {
  decode_and_transform(input, [](Input file, int) {
    if (file.empty() || file.front() != 0x89) fail(ErrorKind::kData, "not a PNG");  // the target `picture` has the others
    return decode_with_stb(file, "fuzz.png");
  });
}

}  // namespace tagloom::fuzz
