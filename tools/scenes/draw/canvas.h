#pragma once
// A square canvas with float colours, exact area coverage for antialiasing, and a mask of each thing painted on it. Positions are in
// picture units: (0, 0) is the upper left corner, (1, 1) the lower right one.
#include <cstdint>
#include <vector>

#include "tools/scenes/draw/color.h"
#include "tools/scenes/draw/outline.h"

namespace tagloom {

class Canvas {
 public:
  explicit Canvas(int side);

  int side() const { return side_; }
  std::vector<Rgb>& pixels() { return pixels_; }
  const std::vector<Rgb>& pixels() const { return pixels_; }

  // Paints `shade(x, y)` (picture units, at pixel centres) inside the outline, in proportion to each pixel's coverage and to `opacity`.
  // Counted paint adds to the mask of the current thing; shadows and glow are not counted.
  template <class Shade>
  void fill(const Outline& outline, const Shade& shade, float opacity = 1, bool counted = true) {
    const Box box = cover(outline);
    const float unit = 1.0f / static_cast<float>(side_);
    for (int y = box.top; y < box.bottom; ++y) {
      for (int x = box.left; x < box.right; ++x) {
        const float alpha = opacity * coverage_[y * stride() + x];
        if (alpha <= 0) continue;
        Rgb& pixel = pixels_[y * side_ + x];
        pixel = mix(pixel, shade((static_cast<float>(x) + 0.5f) * unit, (static_cast<float>(y) + 0.5f) * unit), alpha);
        if (counted) mask_[y * side_ + x] += alpha * (1 - mask_[y * side_ + x]);
      }
    }
    wipe(box);
  }

  // The coverage in [0, 1] of each pixel by counted paint since the last call.
  std::vector<float> take_mask();

  // Mean colour inside a box, cut to the picture.
  Rgb mean(float left, float top, float right, float bottom) const;

 private:
  struct Box {
    int left, top, right, bottom;
  };

  int stride() const { return side_ + 2; }
  Box cover(const Outline& outline);  // coverage_ inside the box, zero elsewhere
  void edge(Point p, Point q);        // pixels; adds one side's signed area to coverage_
  void edge_in_row(int row, float x0, float x1, float height);
  void wipe(const Box& box);

  int side_;
  std::vector<Rgb> pixels_;
  std::vector<float> mask_;
  std::vector<float> coverage_;
};

}  // namespace tagloom
