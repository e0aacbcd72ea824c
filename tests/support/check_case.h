#pragma once
// The checks that every row of every case table must pass.
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// The CPU twin writes all of its outputs and nothing else, and gives the same bits twice, and for any number of threads if the
// row requires it.
void check_cpu(const OpCase& op_case);

// The CUDA twin agrees with the CPU twin, writes only its outputs, and gives the same bits twice; also if no pointer is 16-byte
// aligned.
void check_cuda_against_cpu(kernels::Queue cuda, const OpCase& op_case);

// TAGLOOM_CASE_BYTES skips rows with more bytes: under compute-sanitizer a kernel is a hundred times slower.
double most_case_bytes();

}  // namespace tagloom::test
