#pragma once
// Cases of LSTM gates at difficult widths, in both storage types, with and without the optional inputs, in place and adding.
#include "kernels/lstm/lstm_gates.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline constexpr Tolerance kLstmGatesTolerance{1e-6, 1e-5};

// The first step has neither a recurrent product nor a previous cell.
template <class T = Real>
OpCase lstm_gates_forward_case(int64_t n, int64_t d, bool first_step, bool in_place, uint64_t seed) {
  const double units = static_cast<double>(n) * d;
  const std::string name = std::string("lstm_gates_forward") + kTypeSuffix<T>;
  OpCase row{case_name(name, {{"n", n}, {"d", d}, {"first", first_step}, {"in_place", in_place}, {"seed", seed}}),
             stored_tolerance<T>(kLstmGatesTolerance), (9.0 * sizeof(T) + (first_step ? 1 : 6) * sizeof(Real)) * units,
             30 * units};
  row.unrounded = kLstmGatesTolerance;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const kernels::LstmGatesShape shape{n, d};
    const std::vector<T> before = normal_array<T>(n * 4 * d, seed, 2);
    const Real* recurrent = first_step ? nullptr : op.input(normal_array(n * 4 * d, seed + 2));
    const Real* c_prev = first_step ? nullptr : op.input(normal_array(n * d, seed + 1));
    T* gates = in_place ? op.in_out("gates", {n, 4 * d}, before) : op.output<T>("gates", {n, 4 * d});
    const T* gates_in = in_place ? gates : op.input(before);
    Real* c = op.output<Real>("c", {n, d});
    T* h = op.output<T>("h", {n, d});
    return [=, &q = op.queue()] { TL_ON(q, lstm_gates_forward(q, shape, gates_in, recurrent, c_prev, gates, c, h)); };
  };
  return row;
}

// Overwrites the recurrent product, as on the tape.
inline OpCase lstm_gates_over_recurrent_case(int64_t n, int64_t d, uint64_t seed) {
  return {case_name("lstm_gates_over_recurrent", {{"n", n}, {"d", d}, {"seed", seed}}), kLstmGatesTolerance, 15 * 4.0 * n * d,
          30.0 * n * d, [=](OpRun& op) -> std::function<void()> {
            const kernels::LstmGatesShape shape{n, d};
            const Real* gates_in = op.input(normal_array(n * 4 * d, seed, 2));
            Real* gates = op.in_out("gates", {n, 4 * d}, normal_array(n * 4 * d, seed + 2));
            Real* c = op.in_out("c", {n, d}, normal_array(n * d, seed + 1));
            Real* h = op.output<Real>("h", {n, d});
            return [=, &q = op.queue()] { TL_ON(q, lstm_gates_forward(q, shape, gates_in, gates, c, gates, c, h)); };
          }};
}

// `parts` is a set of bits: 1 c_prev, 2 dh, 4 dc, 8 dc_prev.
template <class T = Real>
OpCase lstm_gates_backward_case(int64_t n, int64_t d, int parts, bool in_place, kernels::Into into, uint64_t seed) {
  const double units = static_cast<double>(n) * d;
  const bool add = into == kernels::Into::kAdd;
  const std::string name = std::string("lstm_gates_backward") + kTypeSuffix<T>;
  OpCase row{case_name(name, {{"n", n}, {"d", d}, {"parts", parts}, {"in_place", in_place}, {"add", add}, {"seed", seed}}),
             stored_tolerance<T>(kLstmGatesTolerance), ((9.0 + 4 * add) * sizeof(T) + (4.0 + add) * sizeof(Real)) * units,
             40 * units};
  row.unrounded = kLstmGatesTolerance;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const kernels::LstmGatesShape shape{n, d};
    const std::vector<T> activated = uniform_array<T>(n * 4 * d, seed);
    const Real* c_prev = parts & 1 ? op.input(normal_array(n * d, seed + 1)) : nullptr;
    const Real* c = op.input(normal_array(n * d, seed + 2));
    const T* dh = parts & 2 ? op.input(normal_array<T>(n * d, seed + 3)) : nullptr;
    const Real* dc = parts & 4 ? op.input(normal_array(n * d, seed + 4)) : nullptr;
    T* dgates = op.in_out("dgates", {n, 4 * d}, in_place ? activated : normal_array<T>(n * 4 * d, seed + 5));
    const T* gates = in_place ? dgates : op.input(activated);
    Real* dc_prev = parts & 8 ? op.in_out("dc_prev", {n, d}, normal_array(n * d, seed + 6)) : nullptr;
    return
        [=, &q = op.queue()] { TL_ON(q, lstm_gates_backward(q, shape, gates, c_prev, c, dh, dc, dgates, dc_prev, into, into)); };
  };
  return row;
}

template <class T>
void add_lstm_gates_cases(std::vector<OpCase>& cases) {
  using kernels::Into;
  for (const auto& [n, d] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 32}, {1, 1}, {3, 31}, {2, 32}, {5, 33}, {2, 1025}, {7, 300}, {32, 512}, {256, 512}}) {
    cases.push_back(lstm_gates_forward_case<T>(n, d, false, false, 7));
    cases.push_back(lstm_gates_backward_case<T>(n, d, 15, false, Into::kOverwrite, 7));
  }
  cases.push_back(lstm_gates_forward_case<T>(5, 36, true, true, 11));
  cases.push_back(lstm_gates_forward_case<T>(5, 35, false, true, 11));
  cases.push_back(lstm_gates_forward_case<T>(5, 40, true, true, 11));
  for (int parts : {0, 1, 2, 4, 6, 9}) cases.push_back(lstm_gates_backward_case<T>(5, 36, parts, false, Into::kAdd, 11));
  cases.push_back(lstm_gates_backward_case<T>(5, 36, 15, true, Into::kOverwrite, 11));
  cases.push_back(lstm_gates_backward_case<T>(5, 40, 15, true, Into::kOverwrite, 11));
  cases.push_back(lstm_gates_backward_case<T>(5, 40, 15, false, Into::kAdd, 11));
  cases.push_back(lstm_gates_backward_case<T>(5, 35, 15, false, Into::kAdd, 11));
}

inline std::vector<OpCase> lstm_gates_cases() {
  std::vector<OpCase> cases;
  add_lstm_gates_cases<Real>(cases);
  add_lstm_gates_cases<Bf16>(cases);
  for (const int64_t d : {35, 36}) cases.push_back(lstm_gates_over_recurrent_case(5, d, 11));
  return cases;
}

}  // namespace tagloom::test
