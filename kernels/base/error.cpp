#include "kernels/base/error.h"

namespace tagloom {

void throw_cuda_not_built() {
  fail(ErrorKind::kDevice, "this build has no CUDA support: run with --device cpu, or configure again with nvcc on PATH");
}

}  // namespace tagloom
