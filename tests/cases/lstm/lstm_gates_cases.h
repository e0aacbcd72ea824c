#pragma once
// LSTM gates at widths that hurt, with and without the optional inputs, in place and adding.
#include "kernels/lstm/lstm_gates.h"
#include "tests/cases/op_case.h"

namespace tagloom::test {

inline OpCase lstm_gates_forward_case(int64_t n, int64_t d, bool first_step, bool in_place, uint64_t seed) {
  const double units = static_cast<double>(n) * d;
  return {case_name("lstm_gates_forward", {{"n", n}, {"d", d}, {"first", first_step}, {"in_place", in_place}, {"seed", seed}}),
          {1e-6, 1e-5},
          (first_step ? 10 : 11) * 4.0 * units,
          30 * units,
          [=](OpRun& op) -> std::function<void()> {
            const kernels::LstmGatesShape shape{n, d};
            const std::vector<Real> before = normal_array(n * 4 * d, seed, 2);
            const Real* c_prev = first_step ? nullptr : op.input(normal_array(n * d, seed + 1));
            Real* gates = in_place ? op.in_out("gates", {n, 4 * d}, before) : op.output<Real>("gates", {n, 4 * d});
            const Real* gates_in = in_place ? gates : op.input(before);
            Real* c = op.output<Real>("c", {n, d});
            Real* h = op.output<Real>("h", {n, d});
            return [=, &q = op.queue()] { TL_ON(q, lstm_gates_forward(q, shape, gates_in, c_prev, gates, c, h)); };
          }};
}

// `parts` is a set of bits: 1 c_prev, 2 dh, 4 dc, 8 dc_prev wanted.
inline OpCase lstm_gates_backward_case(int64_t n, int64_t d, int parts, bool in_place, kernels::Into into, uint64_t seed) {
  const double units = static_cast<double>(n) * d;
  const bool add = into == kernels::Into::kAdd;
  return {case_name("lstm_gates_backward",
                    {{"n", n}, {"d", d}, {"parts", parts}, {"in_place", in_place}, {"add", add}, {"seed", seed}}),
          {1e-6, 1e-5},
          (13.0 + 5.0 * add) * 4 * units,
          40 * units,
          [=](OpRun& op) -> std::function<void()> {
            const kernels::LstmGatesShape shape{n, d};
            std::vector<Real> activated = uniform_array(n * 4 * d, seed);
            const Real* c_prev = parts & 1 ? op.input(normal_array(n * d, seed + 1)) : nullptr;
            const Real* c = op.input(normal_array(n * d, seed + 2));
            const Real* dh = parts & 2 ? op.input(normal_array(n * d, seed + 3)) : nullptr;
            const Real* dc = parts & 4 ? op.input(normal_array(n * d, seed + 4)) : nullptr;
            Real* dgates = op.in_out("dgates", {n, 4 * d}, in_place ? activated : normal_array(n * 4 * d, seed + 5));
            const Real* gates = in_place ? dgates : op.input(activated);
            Real* dc_prev = parts & 8 ? op.in_out("dc_prev", {n, d}, normal_array(n * d, seed + 6)) : nullptr;
            return [=, &q = op.queue()] {
              TL_ON(q, lstm_gates_backward(q, shape, gates, c_prev, c, dh, dc, dgates, dc_prev, into, into));
            };
          }};
}

inline std::vector<OpCase> lstm_gates_cases() {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (const auto& [n, d] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 32}, {1, 1}, {3, 31}, {2, 32}, {5, 33}, {2, 1025}, {7, 300}, {32, 512}, {256, 512}}) {
    cases.push_back(lstm_gates_forward_case(n, d, false, false, 7));
    cases.push_back(lstm_gates_backward_case(n, d, 15, false, Into::kOverwrite, 7));
  }
  cases.push_back(lstm_gates_forward_case(5, 36, true, true, 11));
  cases.push_back(lstm_gates_forward_case(5, 35, false, true, 11));
  for (int parts : {0, 1, 2, 4, 6, 9}) cases.push_back(lstm_gates_backward_case(5, 36, parts, false, Into::kAdd, 11));
  cases.push_back(lstm_gates_backward_case(5, 36, 15, true, Into::kOverwrite, 11));
  cases.push_back(lstm_gates_backward_case(5, 35, 15, false, Into::kAdd, 11));
  return cases;
}

}  // namespace tagloom::test
