#pragma once
// Which of the compiled CPU twins this machine uses.

namespace tagloom::kernels {

// Whether the twins compiled for x86-64-v4 (AVX-512) run here: the CPU has its instructions and TAGLOOM_AVX512 is not 0.
bool use_v4();

// "x86-64-v4", "x86-64-v3" or what -march was at build time, for --version.
const char* cpu_level();

}  // namespace tagloom::kernels
