#pragma once
// Controls the emulated cuBLASLt: the epilogues without an algorithm, and a count of runs for each.
#include <map>
#include <set>

#include "kernels/cuda_libraries/cublaslt_product.h"

namespace tagloom::emulated {

inline std::set<kernels::cublaslt::Epilogue> refused_epilogues;
inline std::map<kernels::cublaslt::Epilogue, int> products_run;

}  // namespace tagloom::emulated
