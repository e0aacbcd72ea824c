// LSTM gates: backward against central differences.
#include "kernels/lstm/lstm_gates.h"

#include <gtest/gtest.h>

#include "tests/support/finite_difference.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

TEST(LstmGates, BackwardMatchesDifferences) {
  constexpr LstmGatesShape kShape{2, 3};
  Queue q;
  std::vector<Real> gates_in = test::normal_array(24, 1), c_prev = test::normal_array(6, 2);
  const std::vector<Real> recurrent = test::normal_array(24, 5);
  const std::vector<Real> dh = test::normal_array(6, 3), dc = test::normal_array(6, 4);
  std::vector<Real> gates(24), c(6), h(6), dgates(24), dc_prev(6);
  const auto loss = [&] {
    cpu::lstm_gates_forward(q, kShape, gates_in.data(), recurrent.data(), c_prev.data(), gates.data(), c.data(), h.data());
    return test::weighted_sum(h, dh) + test::weighted_sum(c, dc);
  };
  const std::vector<double> expected_dgates = test::central_differences(gates_in, loss);
  const std::vector<double> expected_dc_prev = test::central_differences(c_prev, loss);
  loss();
  cpu::lstm_gates_backward(q, kShape, gates.data(), c_prev.data(), c.data(), dh.data(), dc.data(), dgates.data(), dc_prev.data(),
                           Into::kOverwrite, Into::kOverwrite);
  EXPECT_TRUE(test::near("lstm_gates dgates", "backward≠difference", dgates, expected_dgates, {1e-8, 1e-7}, {2, 12}));
  EXPECT_TRUE(test::near("lstm_gates dc_prev", "backward≠difference", dc_prev, expected_dc_prev, {1e-8, 1e-7}, {2, 3}));
}

}  // namespace
}  // namespace tagloom::kernels
