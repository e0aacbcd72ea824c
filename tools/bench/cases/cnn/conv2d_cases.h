#pragma once
// Cases of convolutions: one pixel, odd sizes, strides, dilations and groups, ResNet's and VGG's first layers with 3 and with 8 channels.
#include <cmath>

#include "kernels/cnn/conv2d.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline OpCase conv2d_case(const std::string& pass, const kernels::Conv2dShape& s, int64_t form, Tolerance tolerance) {
  std::vector<std::pair<std::string, int64_t>> values{{"n", s.n},
                                                      {"h", s.h},
                                                      {"w", s.w},
                                                      {"c", s.c},
                                                      {"k", s.k},
                                                      {"r", s.r},
                                                      {"s", s.s},
                                                      {"stride", s.stride},
                                                      {"padding", s.padding},
                                                      {"dilation", s.dilation}};
  if (s.groups > 1) values.emplace_back("groups", s.groups);
  values.insert(values.end(), {{"form", form}, {"seed", 7}});
  OpCase row{case_name("conv2d_" + pass, values), tolerance};
  row.flops = 2.0 * s.n * s.p() * s.q() * s.k * s.r * s.s * s.filter_c();
  row.any_alignment = false;
  return row;
}

// For sums of `terms` products of values of magnitude 1.
inline Tolerance sum_tolerance(int64_t terms, double relative) { return {3e-6 * std::sqrt(1.0 * terms), relative}; }

template <class T>
void add_conv2d_cases(const std::string& type, double relative, const kernels::Conv2dShape& s, std::vector<OpCase>& cases) {
  using kernels::Activation;
  using kernels::Into;
  const int64_t x_size = s.n * s.h * s.w * s.c, f_size = s.k * s.r * s.s * s.filter_c(), y_size = s.n * s.p() * s.q() * s.k;
  const double bytes = 1.0 * sizeof(T) * (x_size + f_size + y_size);
  for (int64_t form = 0; form < 8; ++form) {  // bit 0: bias, 1: residual, 2: relu
    OpCase row = conv2d_case("forward" + type, s, form, sum_tolerance(s.r * s.s * s.filter_c() + 2, relative));
    row.bytes = bytes + (form & 2 ? 1.0 * sizeof(T) * y_size : 0);
    row.prepare = [=](OpRun& op) -> std::function<void()> {
      const T* x = op.input(normal_array<T>(x_size, 7));
      const T* filter = op.input(normal_array<T>(f_size, 8));
      const T* bias = form & 1 ? op.input(normal_array<T>(s.k, 9)) : nullptr;
      const T* residual = form & 2 ? op.input(normal_array<T>(y_size, 10)) : nullptr;
      const Activation activation = form & 4 ? Activation::kRelu : Activation::kNone;
      T* y = op.output<T>("y", {s.n, s.p(), s.q(), s.k});
      return [=, &q = op.queue()] { TL_ON(q, conv2d_forward(q, s, x, filter, bias, residual, activation, y)); };
    };
    cases.push_back(row);
  }
  for (const Into into : {Into::kOverwrite, Into::kAdd}) {
    OpCase data = conv2d_case("backward_data" + type, s, int64_t(into), sum_tolerance(s.r * s.s * s.k / s.groups + 1, relative));
    data.bytes = bytes;
    data.any_threads = false;
    data.prepare = [=](OpRun& op) -> std::function<void()> {
      const T* filter = op.input(normal_array<T>(f_size, 7));
      const T* dy = op.input(normal_array<T>(y_size, 8));
      T* dx = op.output_into<T>("dx", {s.n, s.h, s.w, s.c}, into, normal_array<T>(x_size, 9));
      return [=, &q = op.queue()] { TL_ON(q, conv2d_backward_data(q, s, filter, dy, dx, into)); };
    };
    cases.push_back(data);
    const int64_t terms = s.n * s.p() * s.q() + 1;
    OpCase filter = conv2d_case("backward_filter" + type, s, int64_t(into), sum_tolerance(terms, relative));
    // CUDA rounds a bf16 sum before the addition, by at most 2^-8 if it is below 2, so the sums are kept below 2.
    const bool rounds_first = sizeof(T) == sizeof(Bf16);
    if (rounds_first && into == Into::kAdd) filter.tolerance.absolute += 1.0 / 256;
    const double deviation = rounds_first ? 0.4 / std::sqrt(1.0 * terms) : 1;
    filter.bytes = bytes;
    filter.any_threads = false;
    filter.prepare = [=](OpRun& op) -> std::function<void()> {
      const T* x = op.input(normal_array<T>(x_size, 7));
      const T* dy = op.input(normal_array<T>(y_size, 8, deviation));
      Real* dfilter = op.output_into<Real>("dfilter", {s.k, s.r, s.s, s.filter_c()}, into, normal_array<Real>(f_size, 9));
      return [=, &q = op.queue()] { TL_ON(q, conv2d_backward_filter(q, s, x, dy, dfilter, into)); };
    };
    cases.push_back(filter);
  }
}

// n h w c, k r s, stride padding dilation groups. ResNeXt has 4, 8 and more channels per group.
inline const std::vector<kernels::Conv2dShape> kConv2dShapes{{0, 6, 6, 8, 8, 3, 3, 1, 1},
                                                             {1, 1, 1, 1, 1, 1, 1},
                                                             {2, 7, 5, 16, 24, 1, 1},
                                                             {2, 8, 9, 32, 16, 1, 1, 2},
                                                             {1, 5, 6, 1, 3, 2, 3, 1, 1},
                                                             {2, 9, 7, 16, 8, 3, 3, 2, 1},
                                                             {1, 9, 9, 8, 8, 3, 3, 1, 2, 2},
                                                             {1, 7, 7, 33, 31, 3, 3, 3, 0},
                                                             {2, 33, 31, 3, 16, 7, 7, 2, 3},
                                                             {2, 33, 31, 8, 16, 7, 7, 2, 3},
                                                             {2, 14, 14, 64, 64, 3, 3, 1, 1},
                                                             {0, 6, 6, 8, 8, 3, 3, 1, 1, 1, 2},
                                                             {2, 5, 4, 6, 9, 1, 1, 1, 0, 1, 3},
                                                             {2, 7, 6, 16, 16, 3, 3, 1, 1, 1, 4},
                                                             {1, 9, 7, 10, 15, 3, 2, 2, 1, 1, 5},
                                                             {1, 9, 9, 16, 32, 3, 3, 2, 2, 2, 2},
                                                             {2, 5, 5, 12, 12, 3, 3, 1, 1, 1, 12},
                                                             {2, 14, 14, 128, 128, 3, 3, 1, 1, 1, 32}};

inline std::vector<OpCase> conv2d_cases(const std::vector<kernels::Conv2dShape>& shapes = kConv2dShapes) {
  std::vector<OpCase> cases;
  for (const kernels::Conv2dShape& s : shapes) {
    add_conv2d_cases<Real>("", 1e-5, s, cases);
    add_conv2d_cases<Bf16>("_bf16", 8e-3, s, cases);
  }
  return cases;
}

}  // namespace tagloom::test
