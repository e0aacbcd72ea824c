// Training steps of a convolutional network, recorded and replayed on the emulated device with both stub libraries: the bits
// match steps that are launched kernel by kernel, and a recording queries no library again.
#include <gtest/gtest.h>

#include "engine/nn/layers.h"
#include "engine/optim/optimizer.h"
#include "engine/train/step_runner.h"
#include "tests/stub_libraries/stub_clock.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kPictures = 2, kSize = 4, kTags = 3;

// A stem, a 1x1 convolution whose filter's gradient is a product, one with a stride, and a layer on top.
struct Network : Module {
  Conv2d stem{{.in = 8, .out = 8, .size = 3, .padding = 1, .bias = false}}, wide{{.in = 8, .out = 16, .size = 1, .bias = false}},
      narrow{{.in = 16, .out = 8, .size = 1, .stride = 2, .bias = false}};
  BatchNorm stem_norm{8}, wide_norm{16};
  Linear top{8, kTags};

  Network() {
    add("stem", stem);
    add("stem_norm", stem_norm);
    add("wide", wide);
    add("wide_norm", wide_norm);
    add("narrow", narrow);
    add("top", top);
  }
  Var logits(const Var& pictures) {
    const Var x = relu(wide_norm(wide(relu(stem_norm(stem(pictures))))));
    return top(reshape(adaptive_average_pool(narrow(x), 1), {kPictures, 8}));
  }
};

class RecordedSteps : public stub::StubLibraries, public testing::WithParamInterface<DType> {
 protected:
  // The weights after some steps.
  std::vector<std::vector<Real>> train(kernels::QueueRules queue_rules, int64_t recordings) {
    const Device device = Device::cuda(0);
    kernels::set_rules(device.queue(), queue_rules);
    Network network;
    network.reset({7, 0});
    network.to(device);
    Adam optimizer({{.name = "all", .parameters = network.named_parameters(), .learning_rate = 0.01, .rounded = true}},
                   AdamOptions{});
    Tensor pictures = Tensor::from(test::uniform_array(kPictures * kSize * kSize * 8, 3), {kPictures, kSize, kSize, 8}, device);
    const Tensor labels = Tensor::from(test::flag_array(kPictures * kTags, 8, 0.5), {kPictures, kTags}, device);
    StepRunner runner(device, 7);
    for (int64_t step = 0; step < 5; ++step) {
      optimizer.begin_step(1, step);
      if (step == 3) asked_ = heuristics_and_plans();
      runner.run(step, optimizer.step_number(), {1}, [&](Tape& tape) {
        Var x = tape.constant(pictures);
        if (GetParam() == DType::kBf16) x = as_bf16(x);
        const Var loss = lsep(network.logits(x), labels, Real(1) / kPictures);
        optimizer.zero_grad();
        tape.backward(loss);
        optimizer.queue_step(loss.data());
      });
      optimizer.end_step();
    }
    EXPECT_EQ(runner.recordings(), recordings);
    EXPECT_EQ(heuristics_and_plans(), asked_);
    std::vector<std::vector<Real>> values;
    for (const NamedParameter& p : network.named_parameters()) values.push_back(p.parameter->value.to_vector());
    kernels::set_rules(device.queue(), {});
    return values;
  }
  static int heuristics_and_plans() { return stub::cublaslt().heuristics + stub::cudnn().heuristics + stub::cudnn().plans; }

  int asked_ = 0;
};

// The emulated device is deterministic, so any difference comes from the recording.
TEST_P(RecordedSteps, MatchLaunchedStepsBitForBit) {
  const auto launched = train({.graphs = false}, 0);
  EXPECT_EQ(train({.graphs = true}, 1), launched);
  EXPECT_GT(stub::cudnn().runs, 0);
  EXPECT_GT(stub::cublaslt().runs, 0);
}

TEST_P(RecordedSteps, UseThePlansThatTheFirstStepTimed) {
  stub::cublaslt().seconds[2] = stub::cudnn().seconds[3] = 0.5;
  const auto launched = train(rules(), 1);
  EXPECT_EQ(train({.benchmark = true, .plan_folder = folder_.path(), .graphs = false}, 0), launched);
  EXPECT_EQ(stub::cublaslt().last_run, 2);
  EXPECT_EQ(stub::cudnn().last_run, 3);
}

INSTANTIATE_TEST_SUITE_P(Kernels, RecordedSteps, testing::Values(DType::kReal, DType::kBf16),
                         [](const auto& info) { return std::string(info.param == DType::kBf16 ? "bf16" : "float"); });

}  // namespace
}  // namespace tagloom
