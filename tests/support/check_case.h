#pragma once
// What every row of every case table must pass, whatever the op.
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// The CPU twin writes all of its outputs and nothing beside them, and gives the same bits again, and for any number of
// threads where the row says so.
void check_cpu(const OpCase& op_case);

// The CUDA twin agrees with the CPU twin, writes nothing beside its outputs, gives the same bits twice, and does so too
// where no pointer is 16-byte aligned.
void check_cuda_against_cpu(kernels::Queue cuda, const OpCase& op_case);

// TAGLOOM_CASE_BYTES leaves out rows of more bytes than that: under compute-sanitizer a kernel takes a hundred times as long.
double most_case_bytes();

}  // namespace tagloom::test
