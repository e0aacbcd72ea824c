#pragma once
// Cases of data movement: image_normalize with padded and odd channel counts, whole pictures and windows of larger ones, and
// copy_strided between strides that do and do not allow 16-byte accesses.
#include <algorithm>
#include <array>

#include "kernels/cnn/image_normalize.h"
#include "kernels/math/copy_strided.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// n, h, w, c_out
inline const std::vector<std::array<int64_t, 4>> kImageNormalizeShapes{{0, 4, 4, 8},   {1, 1, 1, 3},    {1, 3, 5, 4},
                                                                       {2, 7, 9, 5},   {2, 33, 31, 8},  {1, 5, 5, 16},
                                                                       {1, 9, 130, 8}, {2, 2, 300, 12}, {4, 224, 224, 8}};

template <class T>
void add_image_normalize_cases(const std::string& type, Tolerance tolerance, const std::vector<std::array<int64_t, 4>>& shapes,
                               std::vector<OpCase>& cases) {
  for (const auto& [n, h, w, c_out] : shapes) {
    const kernels::ImageNormalizeShape shape{n, h, w, c_out, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
    const int64_t pixels = n * h * w;
    const std::vector<std::pair<std::string, int64_t>> sizes{{"n", n}, {"h", h}, {"w", w}, {"c_out", c_out}, {"seed", 7}};
    const double bytes = (3.0 + sizeof(T) * c_out) * pixels;
    cases.push_back({case_name("image_normalize" + type, sizes), tolerance, bytes, 9.0 * pixels,
                     [=, n = n, h = h, w = w, c_out = c_out](OpRun& op) {
                       const uint8_t* x = op.input(integer_array<uint8_t>(pixels * 3, 7, 0, 255));
                       T* y = op.output<T>("y", {n, h, w, c_out});
                       return std::function<void()>([=, &q = op.queue()] { TL_ON(q, image_normalize(q, shape, {}, x, y)); });
                     }});
    cases.push_back(
        {case_name("image_normalize_windows" + type, sizes), tolerance, bytes, 9.0 * pixels,
         [=, n = n, h = h, w = w, c_out = c_out](OpRun& op) {
           const int64_t source_h = h + 3, source_w = w + 2;
           std::vector<int32_t> numbers;  // left, top, mirrored
           for (int32_t i = 0; i < n; ++i) numbers.insert(numbers.end(), {i % 3, i % 4, (i + 1) % 2});
           const int32_t* places = op.input(numbers);
           const kernels::ImageWindows windows{source_h, source_w, reinterpret_cast<const kernels::ImageWindow*>(places)};
           const uint8_t* x = op.input(integer_array<uint8_t>(n * source_h * source_w * 3, 7, 0, 255));
           T* y = op.output<T>("y", {n, h, w, c_out});
           return std::function<void()>([=, &q = op.queue()] { TL_ON(q, image_normalize(q, shape, windows, x, y)); });
         }});
  }
}

inline std::vector<OpCase> image_normalize_cases(const std::vector<std::array<int64_t, 4>>& shapes = kImageNormalizeShapes) {
  std::vector<OpCase> cases;
  add_image_normalize_cases<Real>("", {1e-6, 1e-6}, shapes, cases);
  add_image_normalize_cases<Bf16>("_bf16", {1e-6, 8e-3}, shapes, cases);  // the last bit may be rounded differently
  return cases;
}

// rows, cols, x_stride, y_stride
inline const std::vector<std::array<int64_t, 4>> kCopyStridedShapes{
    {0, 4, 4, 4},         {3, 0, 4, 4},       {1, 1, 1, 1},
    {5, 3, 3, 7},         {33, 31, 40, 31},   {7, 8, 0, 12},
    {32, 512, 512, 1536}, {1025, 20, 20, 24}, {32 * 5, 512, 2048, 512}};

inline std::vector<OpCase> copy_strided_cases(const std::vector<std::array<int64_t, 4>>& shapes = kCopyStridedShapes) {
  using kernels::Into;
  std::vector<OpCase> cases;
  for (const auto& [rows, cols, x_stride, y_stride] : shapes) {
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      cases.push_back(
          {case_name("copy_strided", {{"rows", rows},
                                      {"cols", cols},
                                      {"x_stride", x_stride},
                                      {"y_stride", y_stride},
                                      {"add", into == Into::kAdd},
                                      {"seed", 7}}),
           kExact, (8.0 + (into == Into::kAdd) * 4) * rows * cols, 0,
           [=, rows = rows, cols = cols, x_stride = x_stride, y_stride = y_stride](OpRun& op) -> std::function<void()> {
             const Real* x = op.input(normal_array(std::max(rows * x_stride, cols), 7));
             Real* y = op.in_out<Real>("y", {rows, y_stride}, normal_array(rows * y_stride, 8));
             return [=, &q = op.queue()] { TL_ON(q, copy_strided(q, rows, cols, x_stride, y_stride, x, y, into)); };
           }});
    }
  }
  return cases;
}

}  // namespace tagloom::test
