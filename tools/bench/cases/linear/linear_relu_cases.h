#pragma once
// Cases of fully connected layers with ReLU: vectors, odd sizes, empty sums, a VGG layer. All values are small integers, and the
// bias is a half-integer: no rounding changes a sign, so both devices mask the same values.
#include <cmath>

#include "kernels/linear/linear_relu.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

template <class T>
std::vector<T> whole_array(int64_t n, uint64_t seed, float add = 0, float limit = 3) {
  std::vector<T> values;
  for (const float value : uniform_array<float>(n, seed, -limit, limit)) values.push_back(T(std::round(value) + add));
  return values;
}

template <class In, class Out>
void add_linear_relu_forward_case(const std::string& type, double relative, const kernels::LinearReluShape& s,
                                  std::vector<OpCase>& cases) {
  OpCase row{case_name("linear_relu_forward" + type, {{"n", s.n}, {"k", s.k}, {"m", s.m}, {"seed", 7}}), {0, relative}};
  row.bytes = 1.0 * sizeof(In) * (s.n * s.k + s.k * s.m) + 1.0 * sizeof(Out) * (s.n * s.m + s.m);
  row.flops = 2.0 * s.n * s.k * s.m;
  row.any_alignment = sizeof(In) == sizeof(float);
  row.any_threads = false;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const In* x = op.input(whole_array<In>(s.n * s.k, 7));
    const In* weight = op.input(whole_array<In>(s.m * s.k, 8));
    const Out* bias = op.input(whole_array<Out>(s.m, 9, 0.5f));
    Out* y = op.output<Out>("y", {s.n, s.m});
    return [=, &q = op.queue()] {
      kernels::ReluMask mask;
      TL_ON(q, linear_relu_forward(q, s, x, weight, bias, y, mask));
    };
  };
  cases.push_back(row);
}

// Forward with a mask over as many values as backward sums, then backward. No dz is above 256, so the values and their sum are
// exact in bfloat16, too.
template <class T>
void add_linear_relu_backward_case(const std::string& type, const kernels::LinearReluShape& s, bool with_dbias,
                                   kernels::Into into, std::vector<OpCase>& cases) {
  OpCase row{
      case_name("linear_relu_backward" + type,
                {{"n", s.n}, {"k", s.k}, {"m", s.m}, {"dbias", with_dbias}, {"add", into == kernels::Into::kAdd}, {"seed", 7}}),
      {0, 1e-6}};
  row.bytes = 1.0 * sizeof(T) * (s.n * s.k + s.k * s.m + 2 * s.n * s.m) + 1.0 * sizeof(Real) * s.m;
  row.flops = 4.0 * s.n * s.k * s.m;  // including forward's
  row.any_alignment = sizeof(T) == sizeof(float);
  row.any_threads = false;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const T* x = op.input(whole_array<T>(s.n * s.k, 7));
    const T* weight = op.input(whole_array<T>(s.m * s.k, 8));
    const T* bias = op.input(whole_array<T>(s.m, 9, 0.5f));
    const T* dabove = op.input(whole_array<T>(s.n * s.k, 10));
    const T* above = op.input(whole_array<T>(s.k * s.m, 11, 0, 1));
    const uint8_t* bits = op.input(std::vector<uint8_t>(kernels::relu_mask_bytes(s.n, s.m)));
    T* y = op.output<T>("y", {s.n, s.m});
    T* dz = op.output<T>("dz", {s.n, s.m});
    Real* dbias = with_dbias ? op.output_into<Real>("dbias", {s.m}, into, whole_array<Real>(s.m, 12)) : nullptr;
    return [=, &q = op.queue()] {
      kernels::ReluMask mask{const_cast<uint8_t*>(bits)};
      TL_ON(q, linear_relu_forward(q, s, x, weight, bias, y, mask));
      TL_ON(q, linear_relu_backward(q, s, dabove, above, y, mask, dz, dbias, into));
    };
  };
  cases.push_back(row);
}

template <class T>
void add_linear_relu_backward_cases(const std::string& type, const kernels::LinearReluShape& s, std::vector<OpCase>& cases) {
  using kernels::Into;
  add_linear_relu_backward_case<T>(type, s, false, Into::kOverwrite, cases);
  for (const Into into : {Into::kOverwrite, Into::kAdd}) add_linear_relu_backward_case<T>(type, s, true, into, cases);
}

inline std::vector<OpCase> linear_relu_cases() {
  using kernels::LinearReluShape;
  std::vector<OpCase> cases;
  for (const LinearReluShape& s : {LinearReluShape{0, 3, 5},
                                   {5, 3, 0},
                                   {3, 0, 5},
                                   {1, 1, 1},
                                   {1, 33, 31},
                                   {33, 32, 1},
                                   {31, 65, 129},
                                   {5, 1025, 256},
                                   {32, 512, 1024}}) {
    add_linear_relu_forward_case<Real, Real>("", 1e-6, s, cases);
    add_linear_relu_forward_case<Bf16, Bf16>("_bf16", 8e-3, s, cases);
    add_linear_relu_forward_case<Bf16, Real>("_bf16_to_real", 1e-6, s, cases);
    add_linear_relu_backward_cases<Real>("", s, cases);
    add_linear_relu_backward_cases<Bf16>("_bf16", s, cases);
  }
  return cases;
}

}  // namespace tagloom::test
