#include "tools/inspect/picture_look.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "engine/data/resize.h"

namespace tagloom {
namespace {

constexpr int kHashSide = 32, kFrequencies = 8;
constexpr int kGridSide = 24;          // the points at which pictures are compared
constexpr double kMostCropped = 0.16;  // of a side
constexpr double kLeastDeviation = 4;  // of the greys of a picture that is not plain

// The part of a picture that is compared: what is cut off at each side, as a fraction of its length.
struct Window {
  double left = 0, right = 0, top = 0, bottom = 0;
};

// Bilinear samples of the window at the centres of a grid.
std::vector<float> samples_at(const PictureGreys& greys, const Window& window, int side) {
  std::vector<float> out(static_cast<size_t>(side) * side);
  const auto place = [&](double begin, double end, int i) {
    const double at = (begin + (1 - begin - end) * (i + 0.5) / side) * kLookSide - 0.5;
    return std::clamp(at, 0.0, kLookSide - 1.001);
  };
  for (int i = 0; i < side; ++i) {
    const double y = place(window.top, window.bottom, i);
    const uint8_t* row = greys.data() + static_cast<int>(y) * kLookSide;
    const double down = y - std::floor(y);
    for (int j = 0; j < side; ++j) {
      const double x = place(window.left, window.right, j);
      const uint8_t* p = row + static_cast<int>(x);
      const double right = x - std::floor(x);
      const double above = p[0] + right * (p[1] - p[0]), below = p[kLookSide] + right * (p[kLookSide + 1] - p[kLookSide]);
      out[static_cast<size_t>(i) * side + j] = static_cast<float>(above + down * (below - above));
    }
  }
  return out;
}

const std::array<float, kFrequencies * kHashSide>& cosines() {
  static const auto table = [] {
    std::array<float, kFrequencies * kHashSide> values{};
    for (int u = 0; u < kFrequencies; ++u) {
      for (int x = 0; x < kHashSide; ++x)
        values[u * kHashSide + x] = static_cast<float>(std::cos(std::numbers::pi * (2 * x + 1) * (u + 1) / (2 * kHashSide)));
    }
    return values;
  }();
  return table;
}

// coefficients[v * 8 + u] of the frequencies v + 1 down and u + 1 across.
std::array<float, 64> frequencies_of(const std::vector<float>& greys) {
  const auto& c = cosines();
  std::array<float, kFrequencies * kHashSide> across{};  // [row][u]
  for (int y = 0; y < kHashSide; ++y) {
    for (int u = 0; u < kFrequencies; ++u) {
      float sum = 0;
      for (int x = 0; x < kHashSide; ++x) sum += greys[y * kHashSide + x] * c[u * kHashSide + x];
      across[y * kFrequencies + u] = sum;
    }
  }
  std::array<float, 64> out{};
  for (int v = 0; v < kFrequencies; ++v) {
    for (int u = 0; u < kFrequencies; ++u) {
      float sum = 0;
      for (int y = 0; y < kHashSide; ++y) sum += across[y * kFrequencies + u] * c[v * kHashSide + y];
      out[v * kFrequencies + u] = sum;
    }
  }
  return out;
}

uint64_t bits_of(const std::array<float, 64>& values) {
  std::array<float, 64> sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + 32, sorted.end());
  uint64_t bits = 0;
  for (int i = 0; i < 64; ++i) bits |= uint64_t{values[i] >= sorted[32]} << i;
  return bits;
}

uint64_t hash_of_window(const PictureGreys& greys, const Window& window) {
  return bits_of(frequencies_of(samples_at(greys, window, kHashSide)));
}

// Subtracts the mean and divides by the length; a constant becomes 0.
void normalise(std::vector<float>& values) {
  const float mean = std::accumulate(values.begin(), values.end(), 0.0f) / static_cast<float>(values.size());
  float squares = 0;
  for (float& v : values) {
    v -= mean;
    squares += v * v;
  }
  const float scale = squares > 1e-6f ? 1 / std::sqrt(squares) : 0;
  for (float& v : values) v *= scale;
}

// The values without the mean of the 5 x 5 around each.
std::vector<float> details_of(const std::vector<float>& values) {
  std::vector<float> out(values.size());
  for (int y = 0; y < kGridSide; ++y) {
    for (int x = 0; x < kGridSide; ++x) {
      float sum = 0;
      for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx)
          sum += values[std::clamp(y + dy, 0, kGridSide - 1) * kGridSide + std::clamp(x + dx, 0, kGridSide - 1)];
      }
      out[y * kGridSide + x] = values[y * kGridSide + x] - sum / 25;
    }
  }
  normalise(out);
  return out;
}

double product(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0f);
}

std::vector<float> normalised_samples(const PictureGreys& greys, const Window& window) {
  std::vector<float> samples = samples_at(greys, window, kGridSide);
  normalise(samples);
  return samples;
}

// 3 x 3 means, so that the grid's points do not fall between details.
PictureGreys blurred(const PictureGreys& greys) {
  PictureGreys out;
  for (int y = 0; y < kLookSide; ++y) {
    for (int x = 0; x < kLookSide; ++x) {
      int sum = 4;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx)
          sum += greys[std::clamp(y + dy, 0, kLookSide - 1) * kLookSide + std::clamp(x + dx, 0, kLookSide - 1)];
      }
      out[y * kLookSide + x] = static_cast<uint8_t>(sum / 9);
    }
  }
  return out;
}

// Compares the whole of `a` with the window of `b` that is most like it, found by moving one side at a time.
Likeness best_window(const PictureGreys& a, const PictureGreys& b) {
  const std::vector<float> whole = normalised_samples(a, {});
  Window window;
  double best = product(whole, normalised_samples(b, window));
  for (const double step : {0.05, 0.02, 0.01}) {
    for (bool better = true; better;) {
      better = false;
      for (double Window::*side : {&Window::left, &Window::right, &Window::top, &Window::bottom}) {
        for (const double by : {step, -step}) {
          Window moved = window;
          moved.*side = std::clamp(moved.*side + by, 0.0, kMostCropped);
          const double alike = product(whole, normalised_samples(b, moved));
          if (alike <= best + 1e-4) continue;
          best = alike;
          window = moved;
          better = true;
        }
      }
    }
  }
  return {best, product(details_of(whole), details_of(samples_at(b, window, kGridSide)))};
}

}  // namespace

PictureGreys greys_of(const Image& image) {
  const Image small = resize_image(image, kLookSide, kLookSide);
  PictureGreys greys;
  for (size_t i = 0; i < greys.size(); ++i) {
    const uint8_t* p = small.rgb.data() + 3 * i;
    greys[i] = static_cast<uint8_t>((299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000);  // BT.601
  }
  return greys;
}

PictureLook look_of(const PictureGreys& greys) {
  constexpr double kCut = 0.08;
  constexpr Window kCropWindows[PictureLook::kCrops] = {{kCut / 2, kCut / 2, kCut / 2, kCut / 2},
                                                        {kCut, kCut, kCut, kCut},
                                                        {kCut, 0, kCut, 0},
                                                        {kCut, 0, 0, kCut},
                                                        {0, kCut, kCut, 0},
                                                        {0, kCut, 0, kCut}};
  PictureLook look;
  const std::vector<float> whole = samples_at(greys, {}, kHashSide);
  const float mean = std::accumulate(whole.begin(), whole.end(), 0.0f) / static_cast<float>(whole.size());
  float squares = 0;
  for (const float v : whole) squares += (v - mean) * (v - mean);
  look.plain = std::sqrt(squares / static_cast<float>(whole.size())) < kLeastDeviation;
  std::array<float, 64> frequencies = frequencies_of(whole);
  look.hash = bits_of(frequencies);
  for (int i = 0; i < 64; ++i) {
    if (i % kFrequencies % 2 == 0) frequencies[i] = -frequencies[i];  // the odd frequencies across
  }
  look.mirrored = bits_of(frequencies);
  for (int i = 0; i < PictureLook::kCrops; ++i) look.cropped[i] = hash_of_window(greys, kCropWindows[i]);
  return look;
}

Likeness likeness(const PictureGreys& a, const PictureGreys& b, bool mirrored) {
  const PictureGreys first = blurred(a);
  PictureGreys second = blurred(b);
  if (mirrored) {
    for (int y = 0; y < kLookSide; ++y) std::reverse(second.begin() + y * kLookSide, second.begin() + (y + 1) * kLookSide);
  }
  const Likeness one = best_window(first, second), other = best_window(second, first);
  return one.coarse >= other.coarse ? one : other;
}

}  // namespace tagloom
