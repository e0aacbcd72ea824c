// The error of a loss with fast arithmetic, with intrinsics that are as inexact as CUDA's manual allows (emulated.h).
#include "tests/emulated_cuda/emulated.h"

#include <gtest/gtest.h>

#include "kernels/base/device.h"
#include "kernels/loss/sigmoid_masked_bce.h"
#include "tools/bench/cases/device_buffer.h"

namespace tagloom {
namespace {

// One logit per row, with both labels: x from -100 to 100, and close to 0.
TEST(EmulatedSigmoidMaskedBce, ErrorIsWithinTheDocumentedBound) {
  std::vector<Real> x;
  for (int i = -4000; i <= 4000; ++i) x.push_back(static_cast<Real>(i) * Real(0.02503));
  for (int power = -40; power <= 0; ++power) x.insert(x.end(), {std::ldexp(1.3f, power), -std::ldexp(1.3f, power)});
  const int64_t n = static_cast<int64_t>(x.size());
  kernels::Queue queue = kernels::make_cuda_queue(0, size_t{1} << 20);
  test::DeviceBuffer<Real> logits(queue, n), losses(queue, n), gradients(queue, n);
  test::DeviceBuffer<uint8_t> labels(queue, n);
  logits.upload(x);
  for (const uint8_t label : {0, 1}) {
    labels.upload(std::vector<uint8_t>(n, label));
    kernels::cuda::sigmoid_masked_bce(queue, {1, n, 1}, logits.data(), labels.data(), nullptr, Real(1), losses.data(),
                                      gradients.data());
    const std::vector<Real> loss = losses.download(), gradient = gradients.download();
    for (int64_t i = 0; i < n; ++i) {
      const double value = x[i], e = std::exp(-std::abs(value)), log1p = std::log1p(e), step = std::ldexp(1, -24);
      const double denormals = std::ldexp(1, -126);  // may be flushed to 0
      const double expected = std::max(value, 0.0) - (label ? value : 0) + log1p;
      EXPECT_NEAR(loss[i], expected, (12 + std::abs(value)) * step * log1p + step * expected + denormals) << "x = " << value;
      const double slope = (label ? -1 : 1) * ((value >= 0) == (label == 0) ? 1 : e) / (1 + e);
      EXPECT_NEAR(gradient[i], slope, (12 + std::abs(value)) * step * std::abs(slope) + denormals) << "x = " << value;
    }
  }
}

}  // namespace
}  // namespace tagloom
