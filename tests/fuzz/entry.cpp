// The entry point of one libFuzzer program.
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {
void TAGLOOM_FUZZ_NAME(Input input);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tagloom::fuzz::run(tagloom::fuzz::TAGLOOM_FUZZ_NAME, {data, size});
  return 0;
}
