// Every row of every case table: checks the CPU twin, and compares the CUDA twin with it.
#include "tools/bench/cases/all_cases.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/check_case.h"
#include "tests/support/gpu_test.h"

namespace tagloom {
namespace {

std::string op_name(const testing::TestParamInfo<test::CaseTable>& info) { return info.param.op; }

class Cases : public testing::TestWithParam<test::CaseTable> {};
class CasesCuda : public test::GpuTest, public testing::WithParamInterface<test::CaseTable> {};

TEST_P(Cases, CpuWritesItsOutputsAndIsDeterministic) {
  const std::vector<test::OpCase> rows = GetParam().cases();
  ASSERT_FALSE(rows.empty()) << "the table has no rows";
  for (const test::OpCase& op_case : rows) test::check_cpu(op_case);  // contains an EXPECT for each output
}

TEST_P(CasesCuda, MatchesCpu) {
  for (const test::OpCase& op_case : GetParam().cases()) {
    if (op_case.bytes <= test::most_case_bytes()) test::check_cuda_against_cpu(queue(), op_case);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Cases, testing::ValuesIn(test::kCaseTables), op_name);
INSTANTIATE_TEST_SUITE_P(Kernels, CasesCuda, testing::ValuesIn(test::kCaseTables), op_name);

}  // namespace
}  // namespace tagloom
