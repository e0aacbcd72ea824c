// At exit the libraries' handlers run before the destructors of objects older than the libraries: those must not destroy handles.
#include <gtest/gtest.h>

#include <csignal>

#include "engine/core/device.h"
#include "kernels/cuda_libraries/cudnn_graph.h"
#include "kernels/linear/gemm.h"
#include "tests/stub_libraries/stub_clock.h"

namespace tagloom {
namespace {

void use_both_libraries(kernels::Queue& queue) {
  const float a = 2, b = 3;
  float c = 0;
  kernels::cudnn::handle_of(queue);
  kernels::cuda::gemm(queue, {1, 1, 1}, &a, &b, static_cast<const float*>(nullptr), &c, kernels::Into::kOverwrite);
  if (c != 6) std::abort();
}

class ExitOrderDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }  // a new process, in which no library is open
};

TEST_F(ExitOrderDeathTest, DeviceQueueOutlivesTheLibraries) {
  EXPECT_EXIT(
      {
        use_both_libraries(Device::cuda(0).queue());
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(ExitOrderDeathTest, QueueDestroysItsHandlesBeforeExit) {
  EXPECT_EXIT(
      {
        {
          kernels::Queue queue = kernels::make_cuda_queue(0, 1024);
          use_both_libraries(queue);
        }
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

// The stub detects the fault.
TEST_F(ExitOrderDeathTest, QueueDestroyedAtExitCrashes) {
  EXPECT_EXIT(
      {
        static kernels::Queue queue = kernels::make_cuda_queue(0, 1024);
        use_both_libraries(queue);
        std::exit(0);
      },
      testing::KilledBySignal(SIGABRT), "Destroy was called after the library's exit handlers");
}

}  // namespace
}  // namespace tagloom
