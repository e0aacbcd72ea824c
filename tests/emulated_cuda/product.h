#pragma once
// cuBLASLt's place in the emulation: which epilogues it is said to have no algorithm for, and how many of each it ran.
#include <map>
#include <set>

#include "kernels/cuda_libraries/cublaslt_product.h"

namespace tagloom::emulated {

inline std::set<kernels::cublaslt::Epilogue> refused_epilogues;
inline std::map<kernels::cublaslt::Epilogue, int> products_run;

}  // namespace tagloom::emulated
