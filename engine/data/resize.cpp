// Separable resizing with fixed-point weights. Compiled without fused multiply-add (engine/CMakeLists.txt), which would make the
// weights' rounding depend on the CPU.
#include "engine/data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "engine/data/codecs/image_codecs.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr int kWeightBits = 22;  // 8 bits of pixel and 22 of weight leave one bit and the sign for overshoot
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

// One pixel in a vector register, written so that compilers emit single instructions.
typedef int32_t Pixel __attribute__((vector_size(16)));
typedef uint8_t Bytes __attribute__((vector_size(16)));

Pixel load_pixel(const uint8_t* rgb) {  // reads 4 bytes
  int32_t word;
  std::memcpy(&word, rgb, 4);
  return ((Pixel{} + word) >> Pixel{0, 8, 16, 24}) & 255;
}

void store_pixel(Pixel pixel, uint8_t* rgb) {  // writes 4 bytes
  const Bytes bytes = reinterpret_cast<Bytes>(pixel);
  const Bytes packed = __builtin_shufflevector(bytes, bytes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
  std::memcpy(rgb, &packed, 4);
}

// Output i of an axis is the sum over t < count[i] of weight[i * stride + t] * input[first[i] + t].
struct Axis {
  std::vector<int> first, count;
  std::vector<int32_t> weight;
  int stride = 0;

  void reverse() {
    std::reverse(first.begin(), first.end());
    std::reverse(count.begin(), count.end());
    for (size_t i = 0, j = first.size() - 1; i < j; ++i, --j)
      std::swap_ranges(&weight[i * stride], &weight[i * stride] + stride, &weight[j * stride]);
  }
};

// The filter at a distance x >= 0 of its centre.
double filter(Interpolation interpolation, double x) {
  if (interpolation == Interpolation::kBilinear) return x < 1.0 ? 1.0 - x : 0.0;
  constexpr double a = -0.5;
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
}

// Outputs begin … begin + length of an axis resized from `in` to `out` pixels.
Axis make_axis(Interpolation interpolation, int in, int out, int begin, int length) {
  const double scale = static_cast<double>(in) / out;
  const double stretch = std::max(scale, 1.0);
  const double support = stretch * (interpolation == Interpolation::kBilinear ? 1.0 : 2.0);
  const double inverse = 1.0 / stretch;
  Axis axis;
  axis.first.resize(length);
  axis.count.resize(length);
  axis.stride = static_cast<int>(std::ceil(support)) * 2 + 1;
  axis.weight.resize(static_cast<size_t>(length) * axis.stride);
  std::vector<double> exact(axis.stride);
  for (int i = 0; i < length; ++i) {
    const double center = (begin + i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int end = std::min(in, static_cast<int>(center + support + 0.5));
    double total = 0;
    for (int j = first; j < end; ++j) {
      exact[j - first] = filter(interpolation, std::abs((j - center + 0.5) * inverse));
      total += exact[j - first];
    }
    axis.first[i] = first;
    axis.count[i] = end - first;
    for (int t = 0; t < end - first; ++t) {
      const double weight = total != 0 ? exact[t] / total : exact[t];
      axis.weight[static_cast<size_t>(i) * axis.stride + t] =
          static_cast<int32_t>(weight * (1 << kWeightBits) + (weight < 0 ? -0.5 : 0.5));
    }
    const int32_t* weights = &axis.weight[static_cast<size_t>(i) * axis.stride];
    while (axis.count[i] > 1 && weights[axis.count[i] - 1] == 0) --axis.count[i];
  }
  return axis;
}

// kRows rows at once, which hides the latency between outputs. Reads one byte past each row of in and writes one past each row of
// out.
template <int kRows>
void resize_rows(const Axis& axis, const uint8_t* in, size_t in_pitch, uint8_t* out, size_t out_pitch) {
  const int length = static_cast<int>(axis.first.size());
  for (int x = 0; x < length; ++x) {
    const int32_t* weight = &axis.weight[static_cast<size_t>(x) * axis.stride];
    const uint8_t* pixel = in + axis.first[x] * 3;
    Pixel sums[kRows];
    for (Pixel& sum : sums) sum = Pixel{} + kHalf;
    for (int t = 0; t < axis.count[x]; ++t, pixel += 3)
      for (int r = 0; r < kRows; ++r) sums[r] += load_pixel(pixel + r * in_pitch) * weight[t];
    for (int r = 0; r < kRows; ++r) {
      const Pixel sum = sums[r] >> kWeightBits;
      const Pixel positive = sum < 0 ? Pixel{} : sum;
      store_pixel(positive > 255 ? Pixel{} + 255 : positive, out + r * out_pitch + x * 3);
    }
  }
}

void resize_across(const Axis& axis, const uint8_t* in, size_t in_pitch, int rows, uint8_t* out, size_t out_pitch) {
  int y = 0;
  for (; y + 4 < rows; y += 4) resize_rows<4>(axis, in + y * in_pitch, in_pitch, out + y * out_pitch, out_pitch);
  std::vector<uint8_t> padded(in_pitch + 1);  // the picture's last row must not be read past its end
  for (; y < rows; ++y) {
    std::memcpy(padded.data(), in + y * in_pitch, in_pitch);
    resize_rows<1>(axis, padded.data(), 0, out + y * out_pitch, 0);
  }
}

// One output row from `count` input rows `pitch` bytes apart. Up to three rows, the most that bilinear enlarging takes, are
// blended in one pass; more go through `sums`, one for each byte of the row.
void blend_rows(const uint8_t* in, size_t pitch, const int32_t* weight, int count, size_t bytes, int32_t* sums, uint8_t* out) {
  if (count == 1) {  // its weight is 1
    std::memcpy(out, in, bytes);
    return;
  }
  const auto rounded = [](int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); };
  const int32_t a = weight[0], b = count > 1 ? weight[1] : 0, c = count > 2 ? weight[2] : 0;
  const uint8_t* second = in + (count > 1 ? pitch : 0);
  const uint8_t* third = in + (count > 2 ? 2 * pitch : 0);
  if (count <= 3) {
    for (size_t i = 0; i < bytes; ++i) out[i] = rounded(kHalf + in[i] * a + second[i] * b + third[i] * c);
    return;
  }
  for (size_t i = 0; i < bytes; ++i) sums[i] = kHalf + in[i] * a + second[i] * b + third[i] * c;
  int t = 3;
  for (; t + 2 <= count; t += 2) {
    const uint8_t* row = in + t * pitch;
    const int32_t d = weight[t], e = weight[t + 1];
    for (size_t i = 0; i < bytes; ++i) sums[i] += row[i] * d + row[i + pitch] * e;
  }
  const int32_t last = t < count ? weight[t] : 0;
  const uint8_t* row = in + (t < count ? t : 0) * pitch;
  for (size_t i = 0; i < bytes; ++i) out[i] = rounded(sums[i] + row[i] * last);
}

}  // namespace

void resize_image(const Image& image, const ResizeWindow& window, std::span<uint8_t> out) {
  check_consistent(image, "resize_image");
  TL_CHECK(window.width > 0 && window.height > 0, "[resize_image] cannot make a picture of {} x {} pixels", window.width,
           window.height);
  TL_CHECK(window.x >= 0 && window.y >= 0 && window.window_width > 0 && window.window_height > 0 &&
               window.x <= window.width - window.window_width && window.y <= window.height - window.window_height,
           "[resize_image] the window of {} x {} pixels at ({}, {}) is not inside {} x {} pixels", window.window_width,
           window.window_height, window.x, window.y, window.width, window.height);
  const size_t row_bytes = static_cast<size_t>(window.window_width) * 3;
  TL_CHECK(out.size() == row_bytes * window.window_height, "[resize_image] out has {} bytes, expected {}", out.size(),
           row_bytes * window.window_height);

  Axis across = make_axis(window.interpolation, image.width, window.width, window.x, window.window_width);
  const Axis down = make_axis(window.interpolation, image.height, window.height, window.y, window.window_height);
  if (window.mirror) across.reverse();
  const int top = down.first.front();
  int bottom = top;
  for (size_t i = 0; i < down.first.size(); ++i) bottom = std::max(bottom, down.first[i] + down.count[i]);

  const uint8_t* in = &image.rgb[static_cast<size_t>(top) * image.width * 3];
  const size_t in_pitch = static_cast<size_t>(image.width) * 3;
  size_t pitch = row_bytes + 1;
  std::vector<uint8_t> resized;
  const uint8_t* rows;
  if (image.width == window.width && !window.mirror) {
    rows = in + window.x * 3;
    pitch = in_pitch;
  } else {
    resized.resize((bottom - top) * pitch);
    resize_across(across, in, in_pitch, bottom - top, resized.data(), pitch);
    rows = resized.data();
  }
  std::vector<int32_t> sums(row_bytes);
  for (int i = 0; i < window.window_height; ++i)
    blend_rows(rows + (down.first[i] - top) * pitch, pitch, &down.weight[static_cast<size_t>(i) * down.stride], down.count[i],
               row_bytes, sums.data(), &out[i * row_bytes]);
}

Image resize_image(const Image& image, int width, int height) {
  TL_CHECK(width > 0 && height > 0 && width <= kMostPixels / height, "[resize_image] cannot make a picture of {} x {} pixels",
           width, height);
  Image resized{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  resize_image(image, {width, height, 0, 0, width, height}, resized.rgb);
  return resized;
}

}  // namespace tagloom
