#pragma once
// Cases of the elementwise kernels (tanh, sigmoid, signed_root, add, scale, cast) at difficult lengths.
#include "kernels/math/activations.h"
#include "kernels/math/arithmetic.h"
#include "kernels/math/cast.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<int64_t> kElementwiseLengths{0, 1, 3, 31, 33, 1025, 32 * 5 * 1024};

// One row per length and Into: `make` uploads the inputs and returns the call that writes y.
template <class T = Real, class Make>
void add_elementwise_cases(const std::string& op_name, Tolerance tolerance, double bytes_per_value, const Make& make,
                           const std::vector<int64_t>& lengths, std::vector<OpCase>& cases) {
  using kernels::Into;
  for (int64_t n : lengths) {
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const bool add = into == Into::kAdd;
      cases.push_back({case_name(op_name, {{"n", n}, {"add", add}, {"seed", 7}}), tolerance,
                       (bytes_per_value + add * sizeof(T)) * n, 0, [=](OpRun& op) -> std::function<void()> {
                         T* y = op.output_into<T>("y", {n}, into, normal_array<T>(n, 6));
                         return make(op, n, y, into);
                       }});
    }
  }
}

// A function whose gradient depends on its output: x(n) and y(n) create the arrays that forward and backward read.
template <class X, class Y, class Forward, class Backward>
std::vector<OpCase> activation_cases(const std::string& name, const X& x_of, const Y& y_of, const Forward& forward,
                                     const Backward& backward, const std::vector<int64_t>& lengths) {
  std::vector<OpCase> cases;
  add_elementwise_cases(
      name + "_backward", {1e-6, 1e-6}, 12,
      [=](OpRun& op, int64_t n, Real* dx, kernels::Into into) {
        const Real *y = op.input(y_of(n)), *dy = op.input(normal_array(n, 8));
        return [=, &q = op.queue()] { backward(q, n, y, dy, dx, into); };
      },
      lengths, cases);
  for (int64_t n : lengths) {
    const std::string forward_name = case_name(name + "_forward", {{"n", n}, {"seed", 7}});
    cases.push_back({forward_name, {1e-7, 1e-6}, 8.0 * n, 0, [=](OpRun& op) -> std::function<void()> {
                       const Real* x = op.input(x_of(n));
                       Real* y = op.output<Real>("y", {n});
                       return [=, &q = op.queue()] { forward(q, n, x, y); };
                     }});
  }
  return cases;
}

inline std::vector<OpCase> tanh_cases(const std::vector<int64_t>& lengths = kElementwiseLengths) {
  return activation_cases(
      "tanh", [](int64_t n) { return normal_array(n, 7, 3); }, [](int64_t n) { return uniform_array(n, 7, -1, 1); },
      [](auto& q, auto... a) { TL_ON(q, tanh_forward(q, a...)); }, [](auto& q, auto... a) { TL_ON(q, tanh_backward(q, a...)); },
      lengths);
}

inline std::vector<OpCase> signed_root_cases(const std::vector<int64_t>& lengths = kElementwiseLengths) {
  const auto some_zeros = [](int64_t n) {
    std::vector<Real> values = normal_array(n, 7);
    for (int64_t i = 0; i < n; i += 5) values[i] = 0;
    return values;
  };
  return activation_cases(
      "signed_root", some_zeros, some_zeros, [](auto& q, auto... a) { TL_ON(q, signed_root_forward(q, a...)); },
      [](auto& q, auto... a) { TL_ON(q, signed_root_backward(q, a...)); }, lengths);
}

inline std::vector<OpCase> sigmoid_cases(const std::vector<int64_t>& lengths = kElementwiseLengths) {
  return activation_cases(
      "sigmoid", [](int64_t n) { return normal_array(n, 7, 40); },  // beyond the overflow of exp
      [](int64_t n) { return uniform_array(n, 7); }, [](auto& q, auto... a) { TL_ON(q, sigmoid_forward(q, a...)); },
      [](auto& q, auto... a) { TL_ON(q, sigmoid_backward(q, a...)); }, lengths);
}

template <class T>
void add_add_cases(const std::string& type, const std::vector<int64_t>& lengths, std::vector<OpCase>& cases) {
  for (int64_t n : lengths) {
    cases.push_back({case_name("add" + type, {{"n", n}, {"seed", 7}}), kExact, 3.0 * sizeof(T) * n, 1.0 * n,
                     [=](OpRun& op) -> std::function<void()> {
                       const T *a = op.input(normal_array<T>(n, 7)), *b = op.input(normal_array<T>(n, 8));
                       T* y = op.output<T>("y", {n});
                       return [=, &q = op.queue()] { TL_ON(q, add(q, n, a, b, y)); };
                     }});
    cases.push_back({case_name("accumulate" + type, {{"n", n}, {"seed", 7}}), kExact, 3.0 * sizeof(T) * n, 1.0 * n,
                     [=](OpRun& op) -> std::function<void()> {
                       const T* x = op.input(normal_array<T>(n, 7));
                       T* y = op.in_out<T>("y", {n}, normal_array<T>(n, 8));
                       return [=, &q = op.queue()] { TL_ON(q, accumulate(q, n, x, y)); };
                     }});
  }
}

inline std::vector<OpCase> add_cases(const std::vector<int64_t>& lengths = kElementwiseLengths) {
  std::vector<OpCase> cases;
  add_add_cases<Real>("", lengths, cases);
  add_add_cases<Bf16>("_bf16", lengths, cases);
  return cases;
}

inline std::vector<OpCase> scale_cases(const std::vector<int64_t>& lengths = kElementwiseLengths) {
  std::vector<OpCase> cases;
  const Tolerance rounding{1e-6, 1e-6};  // one twin may fuse the multiplication and the addition
  add_elementwise_cases(
      "scale", rounding, 8,
      [](OpRun& op, int64_t n, Real* y, kernels::Into into) {
        const Real* x = op.input(normal_array(n, 7));
        return [=, &q = op.queue()] { TL_ON(q, scale(q, n, Real(-0.3), x, y, into)); };
      },
      lengths, cases);
  add_elementwise_cases(
      "scale_by", rounding, 8,
      [](OpRun& op, int64_t n, Real* y, kernels::Into into) {
        const Real *x = op.input(normal_array(n, 7)), *factor = op.input(std::vector<Real>{3});
        return [=, &q = op.queue()] { TL_ON(q, scale_by(q, n, factor, Real(0.25), x, y, into)); };
      },
      lengths, cases);
  add_elementwise_cases<Bf16>(
      "scale_by_bf16", stored_tolerance<Bf16>(rounding), 4,
      [](OpRun& op, int64_t n, Bf16* y, kernels::Into into) {
        const Bf16* x = op.input(normal_array<Bf16>(n, 7));
        const Real* factor = op.input(std::vector<Real>{3});
        return [=, &q = op.queue()] { TL_ON(q, scale_by(q, n, factor, Real(0.25), x, y, into)); };
      },
      lengths, cases);
  add_elementwise_cases(
      "multiply", rounding, 12,
      [](OpRun& op, int64_t n, Real* y, kernels::Into into) {
        const Real *a = op.input(normal_array(n, 7)), *b = op.input(normal_array(n, 8));
        return [=, &q = op.queue()] { TL_ON(q, multiply(q, n, a, b, y, into)); };
      },
      lengths, cases);
  for (int64_t n : lengths) {
    cases.push_back({case_name("fill", {{"n", n}}), kExact, 4.0 * n, 0, [=](OpRun& op) -> std::function<void()> {
                       Real* y = op.output<Real>("y", {n});
                       return [=, &q = op.queue()] { TL_ON(q, fill(q, n, Real(0.7), y)); };
                     }});
    cases.push_back({case_name("fill_int32", {{"n", n}}), kExact, 4.0 * n, 0, [=](OpRun& op) -> std::function<void()> {
                       int32_t* y = op.output<int32_t>("y", {n});
                       return [=, &q = op.queue()] { TL_ON(q, fill(q, n, int32_t{-7}, y)); };
                     }});
  }
  return cases;
}

inline std::vector<OpCase> cast_cases(const std::vector<int64_t>& lengths = kElementwiseLengths) {
  std::vector<OpCase> cases;
  for (int64_t n : lengths) {
    cases.push_back(
        {case_name("cast_to_bf16", {{"n", n}, {"seed", 7}}), kExact, 6.0 * n, 0, [=](OpRun& op) -> std::function<void()> {
           const Real* x = op.input(normal_array(n, 7));
           Bf16* y = op.output<Bf16>("y", {n});
           return [=, &q = op.queue()] { TL_ON(q, cast(q, n, x, y)); };
         }});
    cases.push_back(
        {case_name("cast_from_bf16", {{"n", n}, {"seed", 7}}), kExact, 6.0 * n, 0, [=](OpRun& op) -> std::function<void()> {
           const Bf16* x = op.input(normal_array<Bf16>(n, 7));
           Real* y = op.output<Real>("y", {n});
           return [=, &q = op.queue()] { TL_ON(q, cast(q, n, x, y)); };
         }});
  }
  return cases;
}

}  // namespace tagloom::test
