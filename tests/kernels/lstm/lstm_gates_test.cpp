// LSTM gates on the CPU, against PyTorch's cell and against literal values.
#include "kernels/lstm/lstm_gates.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/storage.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

constexpr LstmGatesShape kShape{3, 5};
constexpr test::Tolerance kTolerance{1e-6, 2e-6};

struct Values {
  test::Golden golden{"hot_kernels_golden.txt"};
  std::vector<Real> gates_in = golden.get<Real>("lstm_gates.gates_in"), c_prev = golden.get<Real>("lstm_gates.c_prev");
  std::vector<Real> dh = golden.get<Real>("lstm_gates.dh"), dc = golden.get<Real>("lstm_gates.dc");
  std::vector<Real> gates = std::vector<Real>(60), c = std::vector<Real>(15), h = std::vector<Real>(15);
  std::vector<Real> dgates = std::vector<Real>(60), dc_prev = std::vector<Real>(15);
  Queue q;

  void forward() {
    TL_ON_CPU(lstm_gates_forward(q, kShape, gates_in.data(), nullptr, c_prev.data(), gates.data(), c.data(), h.data()));
  }
  void backward(Into into) {
    TL_ON_CPU(lstm_gates_backward(q, kShape, gates.data(), c_prev.data(), c.data(), dh.data(), dc.data(), dgates.data(),
                                  dc_prev.data(), into, into));
  }
  void expect_near(const std::string& name, const std::vector<Real>& actual) {
    EXPECT_TRUE(test::near("lstm_gates " + name, "cpu≠pytorch", actual, golden.get<double>("lstm_gates." + name), kTolerance,
                           golden.dims("lstm_gates." + name)));
  }
};

TEST(LstmGates, MatchesPyTorch) {
  Values values;
  values.forward();
  values.backward(Into::kOverwrite);
  values.expect_near("h", values.h);
  values.expect_near("c", values.c);
  values.expect_near("dgates", values.dgates);
  values.expect_near("dc_prev", values.dc_prev);
}

TEST(LstmGates, WorksInPlaceAndAccumulates) {
  Values values;
  values.gates = values.gates_in;
  TL_ON_CPU(lstm_gates_forward(values.q, kShape, values.gates.data(), nullptr, values.c_prev.data(), values.gates.data(),
                               values.c.data(), values.h.data()));
  values.expect_near("h", values.h);
  values.backward(Into::kOverwrite);
  values.backward(Into::kAdd);
  for (Real& value : values.dgates) value /= 2;
  for (Real& value : values.dc_prev) value /= 2;
  values.expect_near("dgates", values.dgates);
  values.expect_near("dc_prev", values.dc_prev);
  values.dgates = values.gates;  // the gradient overwrites the gates
  TL_ON_CPU(lstm_gates_backward(values.q, kShape, values.dgates.data(), values.c_prev.data(), values.c.data(), values.dh.data(),
                                values.dc.data(), values.dgates.data(), values.dc.data(), Into::kOverwrite, Into::kOverwrite));
  values.expect_near("dgates", values.dgates);
  values.expect_near("dc_prev", values.dc);
}

TEST(LstmGates, TreatsNullAsZeros) {
  Values with_zeros, with_null;
  std::fill(with_zeros.c_prev.begin(), with_zeros.c_prev.end(), Real(0));
  with_zeros.forward();
  TL_ON_CPU(lstm_gates_forward(with_null.q, kShape, with_null.gates_in.data(), nullptr, nullptr, with_null.gates.data(),
                               with_null.c.data(), with_null.h.data()));
  EXPECT_EQ(with_zeros.h, with_null.h);
  std::fill(with_zeros.dh.begin(), with_zeros.dh.end(), Real(0));
  std::fill(with_zeros.dc.begin(), with_zeros.dc.end(), Real(0));
  with_zeros.backward(Into::kOverwrite);
  TL_ON_CPU(lstm_gates_backward(with_null.q, kShape, with_null.gates.data(), nullptr, with_null.c.data(), nullptr, nullptr,
                                with_null.dgates.data(), nullptr, Into::kOverwrite, Into::kOverwrite));
  EXPECT_EQ(with_zeros.dgates, with_null.dgates);
}

// The order of the gates: a closed forget gate and an open input gate give c = g, whatever c_prev was.
TEST(LstmGates, FollowPyTorchsOrder) {
  Queue q;
  const std::vector<Real> gates_in{100, -100, Real(0.5), 100}, c_prev{7};
  std::vector<Real> gates(4), c(1), h(1);
  TL_ON_CPU(lstm_gates_forward(q, {1, 1}, gates_in.data(), nullptr, c_prev.data(), gates.data(), c.data(), h.data()));
  EXPECT_NEAR(c[0], 0.46211716, 1e-6);  // tanh(0.5)
  EXPECT_NEAR(h[0], 0.43180798, 1e-6);  // tanh(tanh(0.5))
  EXPECT_EQ(gates[0], 1);
  EXPECT_EQ(gates[1], 0);
}

TEST(LstmGates, AddsTheRecurrentProduct) {
  Values values;
  const std::vector<Real> recurrent = test::normal_array(60, 5);
  std::vector<Real> sum = values.gates_in, gates = recurrent, c(15), h(15);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += recurrent[i];
  TL_ON_CPU(lstm_gates_forward(values.q, kShape, values.gates_in.data(), gates.data(), values.c_prev.data(), gates.data(),
                               c.data(),
                               h.data()));  // overwrites the recurrent product
  values.gates_in = sum;
  values.forward();
  EXPECT_EQ(gates, values.gates);
  EXPECT_EQ(c, values.c);
  EXPECT_EQ(h, values.h);
}

// bfloat16 outputs equal the rounded float results; Real outputs equal them exactly. `first`: every optional array is null.
void expect_bf16_is_rounded(const LstmGatesShape& shape, bool first) {
  Queue q;
  const int64_t units = shape.n * shape.d;
  const std::vector<Bf16> in16 = test::normal_array<Bf16>(4 * units, 1, 2), dh16 = test::normal_array<Bf16>(units, 2);
  const std::vector<Real> in = test::widened(in16), dh = test::widened(dh16), recurrent = test::normal_array(4 * units, 3);
  const std::vector<Real> c_prev = test::normal_array(units, 4), dc = test::normal_array(units, 5);
  const Real *more = first ? nullptr : recurrent.data(), *before = first ? nullptr : c_prev.data();
  std::vector<Bf16> gates16(4 * units), h16(units);
  std::vector<Real> gates(4 * units), h(units), c16(units), c(units);
  TL_ON_CPU(lstm_gates_forward(q, shape, in16.data(), more, before, gates16.data(), c16.data(), h16.data()));
  TL_ON_CPU(lstm_gates_forward(q, shape, in.data(), more, before, gates.data(), c.data(), h.data()));
  EXPECT_EQ(c16, c);
  EXPECT_EQ(test::widened(gates16), test::rounded(gates));
  EXPECT_EQ(test::widened(h16), test::rounded(h));

  gates = test::widened(gates16);
  for (const Into into : {Into::kOverwrite, Into::kAdd}) {
    std::vector<Bf16> dgates16 = test::normal_array<Bf16>(4 * units, 6);
    std::vector<Real> dgates = test::widened(dgates16), dc_prev16 = test::normal_array(units, 7), dc_prev = dc_prev16;
    TL_ON_CPU(lstm_gates_backward(q, shape, gates16.data(), before, c.data(), first ? nullptr : dh16.data(), dc.data(),
                                  dgates16.data(), dc_prev16.data(), into, into));
    TL_ON_CPU(lstm_gates_backward(q, shape, gates.data(), before, c.data(), first ? nullptr : dh.data(), dc.data(), dgates.data(),
                                  dc_prev.data(), into, into));
    EXPECT_EQ(dc_prev16, dc_prev);
    EXPECT_EQ(test::widened(dgates16), test::rounded(dgates));
  }
}

TEST(LstmGates, Bf16MatchesRoundedFloats) {
  for (const LstmGatesShape& shape : {LstmGatesShape{1, 1}, {3, 31}, {2, 33}, {5, 40}, {2, 1025}}) {
    for (const bool first : {false, true}) expect_bf16_is_rounded(shape, first);
  }
}

TEST(LstmGates, Bf16WorksInPlace) {
  constexpr LstmGatesShape kWide{3, 40};
  Queue q;
  const std::vector<Bf16> in = test::normal_array<Bf16>(480, 1, 2), dh = test::normal_array<Bf16>(120, 2);
  std::vector<Real> c = test::normal_array(120, 3), c_prev = c, c_now(120), dc(120, 0);
  std::vector<Bf16> gates(480), h(120), h_now(120), dgates(480), over = in;
  TL_ON_CPU(lstm_gates_forward(q, kWide, in.data(), nullptr, c_prev.data(), gates.data(), c_now.data(), h_now.data()));
  TL_ON_CPU(lstm_gates_forward(q, kWide, over.data(), nullptr, c.data(), over.data(), c.data(), h.data()));
  EXPECT_EQ(test::widened(over), test::widened(gates));
  EXPECT_EQ(test::widened(h), test::widened(h_now));
  EXPECT_EQ(c, c_now);
  TL_ON_CPU(lstm_gates_backward(q, kWide, gates.data(), c_prev.data(), c.data(), dh.data(), nullptr, dgates.data(), nullptr,
                                Into::kOverwrite, Into::kOverwrite));
  TL_ON_CPU(lstm_gates_backward(q, kWide, over.data(), c_prev.data(), c.data(), dh.data(), dc.data(), over.data(), dc.data(),
                                Into::kOverwrite, Into::kOverwrite));
  EXPECT_EQ(test::widened(over), test::widened(dgates));
}

}  // namespace
}  // namespace tagloom::kernels
