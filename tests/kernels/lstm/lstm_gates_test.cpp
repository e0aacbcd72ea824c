// LSTM gates on the CPU, against PyTorch's cell and against literal values.
#include "kernels/lstm/lstm_gates.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/near.h"

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

  void forward() { cpu::lstm_gates_forward(q, kShape, gates_in.data(), c_prev.data(), gates.data(), c.data(), h.data()); }
  void backward(Into into) {
    cpu::lstm_gates_backward(q, kShape, gates.data(), c_prev.data(), c.data(), dh.data(), dc.data(), dgates.data(),
                             dc_prev.data(), into, into);
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

TEST(LstmGates, WorksInPlaceAndAdds) {
  Values values;
  values.gates = values.gates_in;
  cpu::lstm_gates_forward(values.q, kShape, values.gates.data(), values.c_prev.data(), values.gates.data(), values.c.data(),
                          values.h.data());
  values.expect_near("h", values.h);
  values.backward(Into::kOverwrite);
  values.backward(Into::kAdd);
  for (Real& value : values.dgates) value /= 2;
  for (Real& value : values.dc_prev) value /= 2;
  values.expect_near("dgates", values.dgates);
  values.expect_near("dc_prev", values.dc_prev);
  values.dgates = values.gates;  // and the gradient over the gates themselves
  cpu::lstm_gates_backward(values.q, kShape, values.dgates.data(), values.c_prev.data(), values.c.data(), values.dh.data(),
                           values.dc.data(), values.dgates.data(), values.dc.data(), Into::kOverwrite, Into::kOverwrite);
  values.expect_near("dgates", values.dgates);
  values.expect_near("dc_prev", values.dc);
}

TEST(LstmGates, ANullStateIsZero) {
  Values with_zeros, with_null;
  std::fill(with_zeros.c_prev.begin(), with_zeros.c_prev.end(), Real(0));
  with_zeros.forward();
  cpu::lstm_gates_forward(with_null.q, kShape, with_null.gates_in.data(), nullptr, with_null.gates.data(), with_null.c.data(),
                          with_null.h.data());
  EXPECT_EQ(with_zeros.h, with_null.h);
  std::fill(with_zeros.dh.begin(), with_zeros.dh.end(), Real(0));
  std::fill(with_zeros.dc.begin(), with_zeros.dc.end(), Real(0));
  with_zeros.backward(Into::kOverwrite);
  cpu::lstm_gates_backward(with_null.q, kShape, with_null.gates.data(), nullptr, with_null.c.data(), nullptr, nullptr,
                           with_null.dgates.data(), nullptr, Into::kOverwrite, Into::kOverwrite);
  EXPECT_EQ(with_zeros.dgates, with_null.dgates);
}

// The order of the gates: a closed forget gate and an open input gate give c = g, whatever c_prev was.
TEST(LstmGates, StandInPyTorchsOrder) {
  Queue q;
  const std::vector<Real> gates_in{100, -100, Real(0.5), 100}, c_prev{7};
  std::vector<Real> gates(4), c(1), h(1);
  cpu::lstm_gates_forward(q, {1, 1}, gates_in.data(), c_prev.data(), gates.data(), c.data(), h.data());
  EXPECT_NEAR(c[0], 0.46211716, 1e-6);  // tanh(0.5)
  EXPECT_NEAR(h[0], 0.43180798, 1e-6);  // tanh(tanh(0.5))
  EXPECT_EQ(gates[0], 1);
  EXPECT_EQ(gates[1], 0);
}

}  // namespace
}  // namespace tagloom::kernels
