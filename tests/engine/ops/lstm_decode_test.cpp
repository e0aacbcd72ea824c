// The bfloat16 weights of the decoding loop are rounded once and kept unless they are trained.
#include <gtest/gtest.h>

#include "engine/nn/layers.h"
#include "engine/ops/ops.h"
#include "engine/optim/optimizer.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kSteps = 3, kPictures = 2, kHidden = 9, kTags = 5;

struct Decoder {
  LstmCell lstm{4, kHidden};
  Linear output{kHidden, kTags};

  Decoder() {
    write(1);
    output.bias.write(test::normal_array(kTags, 9));
  }
  void write(uint64_t seed) {
    lstm.weight_hh.write(test::normal_array(4 * kHidden * kHidden, seed, 0.3));
    output.weight.write(test::normal_array(kTags * kHidden, seed + 1, 0.3));
  }
  std::vector<Real> logits(Tape::Mode mode = Tape::kForwardOnly, bool mixed_precision = true) {
    Tape tape(mode);
    tape.set_mixed_precision(mixed_precision);
    const Var gates = tape.constant(Tensor::from(test::normal_array(kPictures * 4 * kHidden, 5), {kPictures, 4 * kHidden}));
    return lstm.decode(gates, {}, output, {.steps = kSteps, .feed = kernels::Feed::kOwnRow}).logits.value().to_vector();
  }
};

TEST(LstmDecodeOp, InferenceKeepsRoundedWeights) {
  Decoder decoder;
  decoder.logits(Tape::kForwardOnly, false);
  EXPECT_FALSE(decoder.lstm.weight_hh.rounded.defined());
  const std::vector<Real> first = decoder.logits();
  ASSERT_TRUE(decoder.lstm.weight_hh.rounded.defined() && decoder.output.weight.rounded.defined());
  const void* const place = decoder.lstm.weight_hh.rounded.raw();
  EXPECT_EQ(decoder.logits(), first);
  EXPECT_EQ(decoder.lstm.weight_hh.rounded.raw(), place);
  Decoder other;
  other.write(7);
  decoder.write(7);  // updates the copies
  EXPECT_EQ(decoder.logits(), other.logits());
  EXPECT_NE(decoder.logits(), first);
}

// A copy that the optimizer does not update would become stale.
TEST(LstmDecodeOp, DoesNotKeepRoundedWeightsWhileTraining) {
  for (const bool infers_first : {false, true}) {
    Decoder decoder;
    if (infers_first) decoder.logits();
    std::vector<NamedParameter> parameters{{"weight_hh", &decoder.lstm.weight_hh}, {"weight", &decoder.output.weight}};
    Sgd optimizer({{.parameters = parameters, .learning_rate = 0.1}}, {});
    const std::vector<Real> before = decoder.logits();
    EXPECT_FALSE(decoder.lstm.weight_hh.rounded.defined());
    decoder.lstm.weight_hh.grad.write(test::normal_array(4 * kHidden * kHidden, 3).data(), 4 * kHidden * kHidden);
    optimizer.step();
    EXPECT_NE(decoder.logits(), before);
  }
  Decoder trained_without;
  trained_without.logits(Tape::kRecord);  // backward computes gradients for all parameters
  trained_without.logits();
  EXPECT_FALSE(trained_without.lstm.weight_hh.rounded.defined());
}

}  // namespace
}  // namespace tagloom
