#pragma once
// Antialiased resizing that matches PIL's Image.resize(BILINEAR) and (BICUBIC) bit for bit, so that features agree with those of
// models trained on pictures resized by PIL.
//
// One axis, from n to m pixels, scale s = n / m, f = max(s, 1): output i is centred at c = (i + 1/2) s and is the sum of the
// inputs j in [round(c - r f), round(c + r f)) with weights w(|j + 1/2 - c| / f), normalised to sum 1 and rounded to 22
// fractional bits. The horizontal axis comes first, then the vertical one; each result is rounded to 8 bits.
//   bilinear                  r = 1, w(x) = max(0, 1 - x)
//   bicubic (Keys, a = -1/2)  r = 2, w(x) = (a+2)x^3 - (a+3)x^2 + 1 up to 1, then a(x^3 - 5x^2 + 8x - 4)
#include <cstdint>
#include <span>

#include "engine/data/image.h"
#include "engine/settings/enum_names.h"

namespace tagloom {

enum class Interpolation { kBilinear, kBicubic };
template <>
inline constexpr auto kEnumNames<Interpolation> = names_of<Interpolation>({{Interpolation::kBilinear, "bilinear"},
                                                                           {Interpolation::kBicubic, "bicubic"}});

// A window at (x, y) of the picture resized to width x height, optionally mirrored. Only the window is computed; its pixels do
// not depend on the window's position.
struct ResizeWindow {
  int width = 0, height = 0;
  int x = 0, y = 0;
  int window_width = 0, window_height = 0;
  bool mirror = false;
  Interpolation interpolation = Interpolation::kBilinear;
};

// out is [window_height, window_width, 3]. Throws Error(kUsage) for an empty size, a window outside the
// resized picture, or an out of the wrong size.
void resize_image(const Image& image, const ResizeWindow& window, std::span<uint8_t> out);
Image resize_image(const Image& image, int width, int height);

}  // namespace tagloom
