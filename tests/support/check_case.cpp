// Runs a case on CPU and GPU, and compares outputs, sentinels and repeats.
#include "tests/support/check_case.h"

#include <omp.h>

#include <cstdlib>
#include <limits>

#include "tests/support/near.h"

namespace tagloom::test {
namespace {

using Outputs = std::vector<OpRun::Output>;

Outputs outputs_of(const OpCase& op_case, kernels::Queue queue, int64_t shift = 0) {
  OpRun run(std::move(queue), shift);
  op_case.prepare(run)();
  return run.outputs();
}

void expect_well_written(const OpCase& op_case, const std::string& device, const Outputs& outputs) {
  for (const OpRun::Output& output : outputs) {
    EXPECT_TRUE(output.written) << op_case.name << " " << device << " left part of " << output.name << " unwritten";
    EXPECT_TRUE(output.sentinels_intact) << op_case.name << " " << device << " wrote outside " << output.name;
  }
}

void expect_equal(const OpCase& op_case, const std::string& pair, const Outputs& actual, const Outputs& expected,
                  std::optional<Tolerance> tolerance = {}) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_TRUE(near(op_case.name + " " + expected[i].name, pair, actual[i].values, expected[i].values,
                     tolerance.value_or(op_case.tolerance_of(expected[i])), expected[i].dims));
  }
}

}  // namespace

void check_cpu(const OpCase& op_case) {
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const Outputs one = outputs_of(op_case, kernels::Queue());
  omp_set_num_threads(3);
  const Outputs three = outputs_of(op_case, kernels::Queue());
  const Outputs again = outputs_of(op_case, kernels::Queue());
  omp_set_num_threads(threads);
  expect_well_written(op_case, "cpu", one);
  expect_equal(op_case, "3 threads≠1 thread", three, one, op_case.any_threads ? std::optional(kExact) : std::nullopt);
  expect_equal(op_case, "second≠first", again, three, kExact);
}

void check_cuda_against_cpu(kernels::Queue cuda, const OpCase& op_case) {
  const Outputs expected = outputs_of(op_case, kernels::Queue());
  const Outputs first = outputs_of(op_case, cuda);
  expect_well_written(op_case, "cuda", first);
  expect_equal(op_case, "cuda≠cpu", first, expected);
  expect_equal(op_case, "second≠first", outputs_of(op_case, cuda), first, kExact);
  if (op_case.any_alignment) {
    const Outputs shifted = outputs_of(op_case, cuda, 1);
    expect_well_written(op_case, "cuda, unaligned,", shifted);
    expect_equal(op_case, "cuda, unaligned≠cpu", shifted, expected);
  }
}

double most_case_bytes() {
  const char* const most = std::getenv("TAGLOOM_CASE_BYTES");
  return most != nullptr ? std::stod(most) : std::numeric_limits<double>::infinity();
}

}  // namespace tagloom::test
