#include "engine/tape/tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/nn/layers.h"
#include "engine/ops/ops.h"
#include "tests/support/random_array.h"

namespace tagloom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor filled(Shape shape, uint64_t seed) { return Tensor::from(test::normal_array(element_count(shape), seed), shape); }

TEST(Tape, ForwardOnlyRecordsNothing) {
  Linear layer(3, 2);
  layer.reset({1, 1});
  Tape tape(Tape::kForwardOnly);
  const Var y = layer(tape.constant(filled({4, 3}, 1)));
  EXPECT_EQ(y.shape(), (Shape{4, 2}));
  EXPECT_THROW(tape.backward(reshape(slice_columns(reshape(y, {1, 8}), 0, 1), {1})), Error);
  EXPECT_FALSE(layer.weight.grad.defined());
}

TEST(Tape, StepsOfOneShapeRepeatTheirAddressesAndAllocateNothing) {
  Linear layer(64, 512);
  layer.reset({1, 1});
  const Tensor x = filled({32, 64}, 1);
  std::vector<const void*> addresses;
  for (int step = 0; step < 4; ++step) {
    Tape tape;
    Var h = tape.constant(x);
    std::vector<Var> all;
    for (int i = 0; i < 40; ++i) all.push_back(relu(layer(h)));
    addresses.push_back(all.back().value().raw());
  }
  EXPECT_EQ(addresses[2], addresses[1]);
  EXPECT_EQ(addresses[3], addresses[1]);
}

TEST(Tape, DropoutIsKeyedBySeedAndStep) {
  const Tensor x = Tensor::from(std::vector<Real>(64, 1), {64});
  const auto masked = [&](uint64_t seed, uint64_t step) {
    Tape tape(Tape::kRecord, seed, step);
    return dropout(tape.variable(x), Real(0.5)).value().to_vector();
  };
  EXPECT_EQ(masked(3, 4), masked(3, 4));
  EXPECT_NE(masked(3, 4), masked(3, 5));
  EXPECT_NE(masked(3, 4), masked(4, 4));
}

TEST(Tape, DropoutAndBatchNormFollowTheMode) {
  BatchNorm norm(1);
  const Tensor x = Tensor::from(std::vector<Real>{1, 3}, {2, 1});
  {
    Tape tape;
    EXPECT_THAT(norm(tape.constant(x)).value().to_vector(),
                ElementsAre(testing::FloatNear(-1, 1e-4), testing::FloatNear(1, 1e-4)));
  }
  // Running mean 0.9 * 0 + 0.1 * 2; variance 0.9 * 1 + 0.1 * 2 (unbiased: (1 + 1) / 1).
  EXPECT_NEAR(norm.running_mean.item(), 0.2, 1e-6);
  EXPECT_NEAR(norm.running_var.item(), 1.1, 1e-6);
  Tape tape(Tape::kForwardOnly);
  EXPECT_NEAR(norm(tape.constant(x)).value().to_vector()[0], (1 - 0.2) / std::sqrt(1.1 + 1e-5), 1e-5);
  EXPECT_EQ(dropout(tape.constant(x), Real(0.9)).value().to_vector(), x.to_vector());
}

TEST(Tape, MismatchesNameTheOpAndBothShapes) {
  Tape tape;
  try {
    linear(tape.constant(filled({32, 2048}, 1)), tape.constant(filled({512, 1024}, 2)), {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("[linear]"));
    EXPECT_THAT(error.what(), HasSubstr("[32, 2048]"));
    EXPECT_THAT(error.what(), HasSubstr("[512, 1024]"));
  }
}

TEST(Tape, AnEmptyBatchPassesThrough) {
  Linear layer(3, 2);
  layer.reset({1, 1});
  Tape tape;
  EXPECT_EQ(relu(layer(tape.constant(Tensor::empty({0, 3})))).shape(), (Shape{0, 2}));
}

TEST(Module, NamesAreTorchPaths) {
  LstmCell cell(3, 2);
  std::vector<std::string> names;
  for (const NamedParameter& p : cell.named_parameters("lstm")) names.push_back(p.name);
  EXPECT_THAT(names, ElementsAre("lstm.weight_ih", "lstm.weight_hh", "lstm.bias_ih", "lstm.bias_hh"));
  EXPECT_EQ(cell.parameter_count(), 4 * 2 * (3 + 2 + 2));
}

TEST(Module, InitialValuesDependOnTheSeedOnly) {
  Linear a(7, 5), b(7, 5);
  a.reset({1, 2});
  b.reset({1, 2});
  EXPECT_EQ(a.weight.value.to_vector(), b.weight.value.to_vector());
  b.reset({2, 2});
  EXPECT_NE(a.weight.value.to_vector(), b.weight.value.to_vector());
  for (Real w : a.weight.value.to_vector()) EXPECT_LE(std::abs(w), 1 / std::sqrt(Real(7)));
}

}  // namespace
}  // namespace tagloom
