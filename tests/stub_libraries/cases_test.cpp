// The case tables of the ops that call the libraries on CUDA: with the stubs' arithmetic, they must match the CPU twins.
#include "tests/stub_libraries/stub_clock.h"
#include "tests/support/check_case.h"
#include "tools/bench/cases/all_cases.h"

namespace tagloom {
namespace {

class StubCases : public stub::StubLibraries, public testing::WithParamInterface<bool> {
 protected:
  void check(const std::string& op) {
    constexpr double kMostBytes = 1 << 17;
    constexpr double kMostFlops = 1e6;  // the stubs' plain loops are slow
    kernels::Queue queue = new_queue(GetParam() ? rules() : kernels::QueueRules());
    int checked = 0;
    for (const test::CaseTable& table : test::kCaseTables) {
      if (table.op != op) continue;
      for (const test::OpCase& op_case : table.cases()) {
        if (op_case.bytes > kMostBytes || op_case.flops > kMostFlops) continue;
        test::check_cuda_against_cpu(queue, op_case);
        ++checked;
      }
    }
    EXPECT_GT(checked, 3) << op;
  }
};

TEST_P(StubCases, Conv2d) { check("conv2d"); }
TEST_P(StubCases, Gemm) { check("gemm"); }
TEST_P(StubCases, LinearRelu) { check("linear_relu"); }

INSTANTIATE_TEST_SUITE_P(Kernels, StubCases, testing::Bool(),
                         [](const auto& info) { return std::string(info.param ? "timed" : "untimed"); });

}  // namespace
}  // namespace tagloom
