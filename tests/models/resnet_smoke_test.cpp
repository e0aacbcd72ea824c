// Trains ResNet-50 as on a GPU: 224 pixels, 32 pictures, recorded steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/parity_distances.h"
#include "tests/support/gpu_test.h"

namespace tagloom {
namespace {

class ResnetSmokeCuda : public test::GpuTest {
 protected:
  test::ParityRow row(int64_t pictures, int64_t steps) const {
    return {.name = "resnet50",
            .settings = {{"model.kind", "classifier"},
                         {"backbone.name", "resnet50"},
                         {"optim.name", "sgd"},
                         {"optim.learning_rate", "0.001"},
                         {"optim.backbone.learning_rate", "0.00004"}},
            .pixels = 224,
            .pictures = pictures,
            .batches = 1,
            .steps = steps};
  }

  // Two batches alternate: each is launched, then recorded, then replayed.
  void expect_the_bits_of_launched_steps(bool bf16) {
    const Device device = Device::cuda(0);
    const test::ParityRow full = row(32, 6);
    const test::ParityRun recorded = test::run_parity(full, device, {.bf16 = bf16, .with_answers = false});
    EXPECT_EQ(recorded.recordings, 2);
    for (const Real loss : recorded.losses) EXPECT_TRUE(std::isfinite(loss));
    const test::ParityRun launched = test::run_parity(full, device, {.bf16 = bf16, .graphs = false, .with_answers = false});
    EXPECT_EQ(launched.losses, recorded.losses);
    EXPECT_EQ(launched.bits, recorded.bits);
    kernels::set_rules(device.queue(), {});
  }
};

TEST_F(ResnetSmokeCuda, RecordedStepsMatchLaunchedOnesBitwise) {
  for (const bool bf16 : {false, true}) {
    SCOPED_TRACE(bf16 ? "bf16" : "fp32");
    expect_the_bits_of_launched_steps(bf16);
  }
}

TEST_F(ResnetSmokeCuda, StepMatchesTheCpu) {
  const test::ParityRow few = row(4, 1);
  const test::ParityRun fp32 = test::run_parity(few, Device::cpu(), {}),
                        bf16 = test::run_parity(few, Device::cpu(), {.bf16 = true});
  const auto found = [&](bool in_bf16, const test::ParityRun& cpu, const test::ParityDistances& bounds) {
    return test::differences(test::distances(test::run_parity(few, Device::cuda(0), {.bf16 = in_bf16}), cpu), bounds);
  };
  EXPECT_THAT(found(false, fp32, test::kFp32Bounds), testing::IsEmpty());
  EXPECT_THAT(found(true, bf16, test::bf16_bounds(bf16, fp32)), testing::IsEmpty());
}

}  // namespace
}  // namespace tagloom
