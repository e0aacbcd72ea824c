#pragma once
// Cases of adaptive average pooling: fewer, more and as many windows as pixels; VGG's 7 x 7 at 64 and at 256 pixels.
#include "kernels/cnn/adaptive_avg_pool2d.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<kernels::AdaptivePool2dShape> kAdaptivePoolShapes{
    {0, 2, 2, 8, 7, 7}, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 33, 7, 7}, {2, 8, 8, 64, 7, 7}, {3, 5, 9, 31, 2, 4}, {2, 7, 7, 512, 7, 7}};

template <class T>
void add_adaptive_avg_pool2d_cases(const std::string& type, Tolerance tolerance,
                                   const std::vector<kernels::AdaptivePool2dShape>& shapes, std::vector<OpCase>& cases) {
  using kernels::Into;
  const uint64_t seed = 7;
  for (const kernels::AdaptivePool2dShape& s : shapes) {
    const std::vector<std::pair<std::string, int64_t>> sizes{{"n", s.n}, {"h", s.h}, {"w", s.w},    {"c", s.c},
                                                             {"p", s.p}, {"q", s.q}, {"seed", seed}};
    const int64_t x_size = s.n * s.h * s.w * s.c, y_size = s.n * s.p * s.q * s.c;
    cases.push_back({case_name("adaptive_avg_pool2d_forward" + type, sizes), tolerance, 1.0 * sizeof(T) * (x_size + y_size),
                     1.0 * y_size, [=](OpRun& op) -> std::function<void()> {
                       const T* x = op.input(normal_array<T>(x_size, seed));
                       T* y = op.output<T>("y", {s.n, s.p, s.q, s.c});
                       return [=, &q = op.queue()] { TL_ON(q, adaptive_avg_pool2d_forward(q, s, x, y)); };
                     }});
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      auto backward_sizes = sizes;
      backward_sizes.push_back({"add", into == Into::kAdd});
      cases.push_back({case_name("adaptive_avg_pool2d_backward" + type, backward_sizes), tolerance,
                       1.0 * sizeof(T) * (x_size + y_size), 1.0 * y_size, [=](OpRun& op) -> std::function<void()> {
                         const T* dy = op.input(normal_array<T>(y_size, seed + 1));
                         T* dx = op.in_out<T>("dx", {s.n, s.h, s.w, s.c}, normal_array<T>(x_size, seed + 2));
                         return [=, &q = op.queue()] { TL_ON(q, adaptive_avg_pool2d_backward(q, s, dy, dx, into)); };
                       }});
    }
  }
}

inline std::vector<OpCase> adaptive_avg_pool2d_cases(
    const std::vector<kernels::AdaptivePool2dShape>& shapes = kAdaptivePoolShapes) {
  std::vector<OpCase> cases;
  add_adaptive_avg_pool2d_cases<Real>("", {1e-6, 1e-5}, shapes, cases);
  add_adaptive_avg_pool2d_cases<Bf16>("_bf16", {1e-3, 1e-2}, shapes, cases);
  return cases;
}

}  // namespace tagloom::test
