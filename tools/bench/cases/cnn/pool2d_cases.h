#pragma once
// Cases of pooling: single pixels, overlapping and gapped windows, padding, ceil mode, channels that do and do not fill 16 bytes,
// ResNet's first pool, VGG's, and the global average.
#include "kernels/cnn/pool2d.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

template <class T>
void add_pool2d_cases(const std::string& type, Tolerance tolerance, const kernels::Pool2dShape& s, std::vector<OpCase>& cases) {
  using kernels::Into;
  const std::vector<std::pair<std::string, int64_t>> sizes{{"n", s.n},
                                                           {"h", s.h},
                                                           {"w", s.w},
                                                           {"c", s.c},
                                                           {"r", s.r},
                                                           {"s", s.s},
                                                           {"stride", s.stride},
                                                           {"padding", s.padding},
                                                           {"ceil", s.ceil_mode},
                                                           {"seed", 7}};
  const std::vector<int64_t> x_dims{s.n, s.h, s.w, s.c}, y_dims{s.n, s.p(), s.q(), s.c};
  const int64_t x_size = s.n * s.h * s.w * s.c, y_size = s.n * s.p() * s.q() * s.c;
  const double bytes = 1.0 * sizeof(T) * (x_size + y_size);
  const auto add = [&](const std::string& name, const auto& values, double moved, Tolerance within, const auto& prepare) {
    OpCase row{case_name(name + type, values), within};
    row.bytes = moved;
    row.prepare = prepare;
    cases.push_back(row);
  };
  const auto few = [](int64_t count, uint64_t seed) {  // with ties
    return integer_array<T>(count, seed, -10, 10);
  };
  add("max_pool2d_forward", sizes, bytes + y_size, kExact, [=](OpRun& op) -> std::function<void()> {
    const T* x = op.input(few(x_size, 7));
    T* y = op.output<T>("y", y_dims);
    uint8_t* index = op.output<uint8_t>("index", y_dims);
    return [=, &q = op.queue()] { TL_ON(q, max_pool2d_forward(q, s, x, y, index)); };
  });
  add("avg_pool2d_forward", sizes, bytes, tolerance, [=](OpRun& op) -> std::function<void()> {
    const T* x = op.input(normal_array<T>(x_size, 7));
    T* y = op.output<T>("y", y_dims);
    return [=, &q = op.queue()] { TL_ON(q, avg_pool2d_forward(q, s, x, y)); };
  });
  for (const Into into : {Into::kOverwrite, Into::kAdd}) {
    auto backward_sizes = sizes;
    backward_sizes.push_back({"add", into == Into::kAdd});
    add("max_pool2d_backward", backward_sizes, bytes + y_size, tolerance, [=](OpRun& op) -> std::function<void()> {
      const T* dy = op.input(normal_array<T>(y_size, 8));
      const uint8_t* index = op.input(integer_array<uint8_t>(y_size, 7, 0, s.r * s.s - 1));
      T* dx = op.output_into<T>("dx", x_dims, into, normal_array<T>(x_size, 9));
      return [=, &q = op.queue()] { TL_ON(q, max_pool2d_backward(q, s, dy, index, dx, into)); };
    });
    add("avg_pool2d_backward", backward_sizes, bytes, tolerance, [=](OpRun& op) -> std::function<void()> {
      const T* dy = op.input(normal_array<T>(y_size, 8));
      T* dx = op.output_into<T>("dx", x_dims, into, normal_array<T>(x_size, 9));
      return [=, &q = op.queue()] { TL_ON(q, avg_pool2d_backward(q, s, dy, dx, into)); };
    });
  }
}

// n h w c, r s stride padding ceil
inline const std::vector<kernels::Pool2dShape> kPool2dShapes{
    {0, 8, 8, 4, 2, 2, 2, 0},       {1, 1, 1, 1, 1, 1, 1, 0},       {2, 9, 7, 5, 3, 3, 2, 1},    {1, 7, 8, 4, 3, 3, 2, 0, true},
    {1, 6, 6, 2, 2, 2, 3, 1, true}, {1, 5, 5, 32, 2, 2, 3, 0},      {2, 56, 56, 64, 3, 3, 2, 1}, {2, 28, 28, 64, 2, 2, 2, 0},
    {3, 7, 7, 33, 7, 7, 1, 0},      {2, 1, 5, 8, 2, 2, 2, 0, true}, {3, 7, 7, 512, 7, 7, 1, 0}};

inline std::vector<OpCase> pool2d_cases(const std::vector<kernels::Pool2dShape>& shapes = kPool2dShapes) {
  std::vector<OpCase> cases;
  for (const kernels::Pool2dShape& s : shapes) {
    add_pool2d_cases<Real>("", {1e-6, 1e-5}, s, cases);
    add_pool2d_cases<Bf16>("_bf16", {1e-3, 1e-2}, s, cases);
  }
  return cases;
}

}  // namespace tagloom::test
