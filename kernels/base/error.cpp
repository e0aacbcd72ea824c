#include "kernels/base/error.h"

namespace tagloom {

void throw_cuda_not_built() {
  fail(ErrorKind::kDevice, "this build has no CUDA in it: run with --device cpu, or configure again where nvcc is on PATH");
}

}  // namespace tagloom
