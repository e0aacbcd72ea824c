#pragma once
// The fixture of tests that need a GPU. Name the suite ...Cuda: `ctest -L gpu` runs those.
//
//   using SoftmaxXentCuda = test::GpuTest;
//   TEST_F(SoftmaxXentCuda, AddsToTheGradient) { TL_ON(queue(), ...); }
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "kernels/base/device.h"

namespace tagloom::test {

// Why GPU tests cannot run here; empty if they can.
inline std::string why_no_gpu() {
  if (!kernels::kCudaBuilt) return "no GPU test can run: this build has no CUDA in it";
  if (kernels::cuda_device_count() == 0)
    return "no GPU test can run: no CUDA device or no driver here (" + kernels::cuda_versions() + ")";
  return "";
}

class GpuTest : public testing::Test {
 protected:
  void SetUp() override { skip_without_gpu(); }

  void skip_without_gpu() {
    const std::string reason = why_no_gpu();
    if (!reason.empty()) GTEST_SKIP() << reason;
    queue_ = kernels::make_cuda_queue(0, size_t{32} << 20);
  }
  kernels::Queue& queue() { return *queue_; }

 private:
  std::optional<kernels::Queue> queue_;
};

}  // namespace tagloom::test
