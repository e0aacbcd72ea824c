#pragma once
// Decodes a picture as a training run does and transforms it.
#include <functional>

#include "engine/data/image.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

// The first bytes of the input select the transform, the rest is the file.
using Decode = std::function<Image(Input file, int least_side)>;
void decode_and_transform(Input input, const Decode& decode);

}  // namespace tagloom::fuzz
