// The autograd tape: memory, modes, mixed precision and messages.
#include "engine/tape/tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/nn/layers.h"
#include "engine/ops/ops.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

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

TEST(Tape, EqualStepsReuseAddressesAndAllocateNothing) {
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

// y = a W^T + (b W^T) W^T, W square: three products by one parameter, in fp32 and with bfloat16 copies.
struct ThreeProducts {
  Linear layer{24, 24, false};
  Tensor a = filled({5, 24}, 1), b = filled({3, 24}, 2);
  Tensor dy_a = filled({5, 24}, 3), dy_b = filled({3, 24}, 4);

  ThreeProducts() { layer.reset({1, 1}); }
  // Adds the gradient of sum(dy * y) to the parameter's. The loss is a product with dy, so the tape's output gradients are dy.
  void backward(bool mixed) {
    Tape tape;
    tape.set_mixed_precision(mixed);
    const Var ya = layer(tape.constant(a)), yb = layer(layer(tape.constant(b)));
    tape.set_mixed_precision(false);
    const auto dot = [&](const Var& y, const Tensor& dy) {
      const int64_t count = dy.count();
      return linear(reshape(y, {1, count}), tape.constant(dy.view({1, count})), {});
    };
    tape.backward(reshape(add(dot(ya, dy_a), dot(yb, dy_b)), {1}));
  }
  // dW = dy_a^T a + dy_b^T (b W^T) + (dy_b W)^T b, in double.
  std::vector<double> expected() const {
    const std::vector<Real> w = layer.weight.value.to_vector();
    std::vector<double> gradient(24 * 24, 0);
    const auto add_outer = [&](const std::vector<double>& dy, const std::vector<double>& x) {
      for (size_t n = 0; n < dy.size() / 24; ++n) {
        for (int i = 0; i < 24; ++i) {
          for (int j = 0; j < 24; ++j) gradient[i * 24 + j] += dy[n * 24 + i] * x[n * 24 + j];
        }
      }
    };
    const auto doubles = [](const Tensor& x) {
      const std::vector<Real> values = x.to_vector();
      return std::vector<double>(values.begin(), values.end());
    };
    const std::vector<double> x = doubles(b), dy = doubles(dy_b);
    std::vector<double> hidden(3 * 24, 0), dhidden(3 * 24, 0);
    for (int n = 0; n < 3; ++n) {
      for (int i = 0; i < 24; ++i) {
        for (int j = 0; j < 24; ++j) {
          hidden[n * 24 + i] += w[i * 24 + j] * x[n * 24 + j];
          dhidden[n * 24 + j] += dy[n * 24 + i] * w[i * 24 + j];
        }
      }
    }
    add_outer(doubles(dy_a), doubles(a));
    add_outer(dy, hidden);
    add_outer(dhidden, x);
    return gradient;
  }
};

TEST(Tape, SumsProductsByOneParameter) {
  ThreeProducts products;
  const std::vector<double> expected = products.expected();
  for (const bool mixed : {false, true}) {
    products.layer.weight.grad = {};
    products.backward(mixed);
    const std::vector<Real> once = products.layer.weight.grad.to_vector();
    products.backward(mixed);
    const std::vector<Real> twice = products.layer.weight.grad.to_vector();
    double worst = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      worst = std::max(worst, std::abs(once[i] - expected[i]));
      ASSERT_NEAR(twice[i], 2 * expected[i], mixed ? 0.15 : 1e-4) << i;
    }
    EXPECT_LT(worst, mixed ? 0.075 : 5e-5);
    if (mixed) {
      EXPECT_GT(worst, 1e-4);  // rounding took place
    }
  }
}

TEST(Tape, OneParameterMultipliesRealAndBf16Inputs) {
  Linear layer(24, 24);
  layer.reset({1, 1});
  const Tensor x = filled({4, 24}, 1);
  std::vector<std::vector<Real>> gradients;
  for (const bool both : {false, true}) {
    layer.weight.grad = {};
    Tape tape;
    const Var ones = tape.constant(Tensor::from(std::vector<Real>(96, 1), {1, 96}));
    const Var y = layer(as_real(as_bf16(tape.constant(x)))), z = both ? layer(as_bf16(tape.constant(x))) : y;
    const auto sum = [&](const Var& v) { return linear(reshape(v, {1, 96}), ones, {}); };
    tape.backward(reshape(add(sum(y), sum(z)), {1}));
    gradients.push_back(layer.weight.grad.to_vector());
  }
  EXPECT_TRUE(test::near("linear", "a bf16 product next to a Real one", gradients[1], gradients[0], {1e-6, 1e-6}));
}

TEST(Tape, MismatchMessagesNameTheOpAndBothShapes) {
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

TEST(Tape, AcceptsAnEmptyBatch) {
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

TEST(Module, InitialValuesDependOnlyOnTheSeed) {
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
