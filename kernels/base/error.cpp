#include "kernels/base/error.h"

#include "kernels/text/utf8.h"

namespace tagloom {

Error::Error(ErrorKind kind, const std::string& message) : std::runtime_error(printable(message)), kind_(kind) {}

void throw_cuda_not_built() {
  fail(ErrorKind::kDevice, "this build has no CUDA support: run with --device cpu, or configure again with nvcc on PATH");
}

}  // namespace tagloom
