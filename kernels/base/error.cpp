#include "kernels/base/error.h"

#include <cstring>

namespace tagloom {
namespace detail {

void append_value(std::ostream& out, const std::vector<int64_t>& values) {
  out << '[';
  for (size_t i = 0; i < values.size(); ++i) out << (i ? ", " : "") << values[i];
  out << ']';
}

void append_until_brace(std::ostream& out, const char*& pattern) {
  const char* brace = std::strstr(pattern, "{}");
  if (brace == nullptr) brace = pattern + std::strlen(pattern);
  out.write(pattern, brace - pattern);
  pattern = *brace ? brace + 2 : brace;
}

}  // namespace detail

void throw_cuda_not_built() {
  fail(ErrorKind::kDevice, "this build has no CUDA in it: run with --device cpu, or configure again where nvcc is on PATH");
}

}  // namespace tagloom
