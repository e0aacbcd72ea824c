#pragma once
// The stubs in this process, and the clock that their candidates' seconds go by.
#include <gtest/gtest.h>

#include "kernels/base/device.h"
#include "tests/stub_libraries/stubs.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::stub {

extern double seconds_gone;
Library& cublaslt();
Library& cudnn();

// A queue of the emulated device that times its libraries' candidates, and stubs that are as new.
class StubLibraries : public testing::Test {
 protected:
  void SetUp() override;
  kernels::QueueRules rules(const std::string& plan_folder = "") {
    return {.benchmark = true, .plan_folder = plan_folder.empty() ? folder_.path() : plan_folder};
  }
  // The caches of this process and the names in a file go by the size of the workspace, the file's in KiB: this queue is new to
  // both, or to the caches alone.
  enum class Like { kNone, kLastOne };
  kernels::Queue new_queue(kernels::QueueRules rules, Like like = Like::kNone);

  test::TemporaryFolder folder_;
};

}  // namespace tagloom::stub
