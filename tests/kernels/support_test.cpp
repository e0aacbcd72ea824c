// The test support code must detect failures.
#include <gtest/gtest.h>

#include "tests/support/check_case.h"
#include "tests/support/near.h"

namespace tagloom {
namespace {

TEST(Near, ReportsTheCaseAndTheFirstDifferences) {
  std::vector<double> expected(100, 0.25), actual = expected;
  actual[97] = 0.5;
  const testing::AssertionResult result =
      test::near("softmax[rows=5 seed=7]", "cuda≠cpu", actual, expected, {1e-6, 1e-5}, {5, 20});
  EXPECT_FALSE(result);
  EXPECT_STREQ(result.message(), "1 of 100 values differ:\n  softmax[rows=5 seed=7] cuda≠cpu at [4,17]: 0.5 vs 0.25");
}

TEST(Near, AppliesBothTolerancesAndComparesNanAndInfinity) {
  EXPECT_TRUE(test::is_near(1.0 + 1.5e-5, 1.0, {1e-5, 1e-5}));
  EXPECT_FALSE(test::is_near(1.0 + 2.5e-5, 1.0, {1e-5, 1e-5}));
  EXPECT_TRUE(test::is_near(NAN, NAN, {}));
  EXPECT_FALSE(test::is_near(NAN, 0, {}));
  EXPECT_TRUE(test::is_near(-INFINITY, -INFINITY, {}));
  EXPECT_FALSE(test::is_near(INFINITY, -INFINITY, {1, 1}));
}

TEST(DeviceBuffer, DetectsAWriteOutside) {
  kernels::Queue cpu;
  for (int64_t shift : {0, 1}) {
    test::DeviceBuffer<float> buffer(cpu, 5, shift);
    buffer.upload({1, 2, 3, 4, 5});
    EXPECT_TRUE(buffer.sentinels_intact());
    EXPECT_EQ(buffer.download(), (std::vector<float>{1, 2, 3, 4, 5}));
    buffer.data()[5] = 0;
    EXPECT_FALSE(buffer.sentinels_intact());
    buffer.upload({1, 2, 3, 4, 5});
    test::DeviceBuffer<float> other(cpu, 5, shift);
    other.data()[-1] = 0;
    EXPECT_FALSE(other.sentinels_intact());
  }
}

TEST(OpRun, DetectsAnUnwrittenOutput) {
  test::OpRun run{kernels::Queue()};
  float* y = run.output<float>("y", {2, 2});
  y[0] = y[1] = y[2] = 0;
  EXPECT_FALSE(run.outputs()[0].written);
  y[3] = 0;
  EXPECT_TRUE(run.outputs()[0].written);
}

}  // namespace
}  // namespace tagloom
