#pragma once
// Which oneDNN runs the CPU's convolutions and matrix products, and with which instructions.
#include <string>

namespace tagloom::kernels {

std::string onednn_version();   // "oneDNN 2.6.3 with AVX2"
bool onednn_multiplies_bf16();  // false: bfloat16 is widened to float first

}  // namespace tagloom::kernels
