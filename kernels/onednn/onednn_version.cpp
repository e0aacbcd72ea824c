#include "kernels/onednn/onednn_version.h"

#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/onednn/onednn.h"

namespace tagloom::kernels {
namespace {

const char* instructions() {
  using dnnl::cpu_isa;
  switch (dnnl::get_effective_cpu_isa()) {
    case cpu_isa::sse41:
      return "SSE4.1";
    case cpu_isa::avx:
      return "AVX";
    case cpu_isa::avx2:
      return "AVX2";
    case cpu_isa::avx2_vnni:
      return "AVX2-VNNI";
    case cpu_isa::avx512_core:
      return "AVX-512";
    case cpu_isa::avx512_core_vnni:
      return "AVX512-VNNI";
    case cpu_isa::avx512_core_bf16:
      return "AVX512-BF16";
    case cpu_isa::avx512_core_amx:
      return "AMX";
    default:
      return "its default instructions";
  }
}

}  // namespace

std::string onednn_version() {
  const dnnl_version_t& v = *dnnl_version();
  return format("oneDNN {}.{}.{} with {}", v.major, v.minor, v.patch, instructions());
}

bool onednn_multiplies_bf16() { return cpu::onednn::native_bf16(); }

}  // namespace tagloom::kernels
