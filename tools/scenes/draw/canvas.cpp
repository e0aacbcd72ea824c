// Antialiasing: every side of an outline adds the signed area to its right, pixel by pixel; the running sum along each row is then the
// exact fraction of every pixel that the outline covers.
#include "tools/scenes/draw/canvas.h"

#include <algorithm>
#include <cmath>

namespace tagloom {

Canvas::Canvas(int side)
    : side_(side),
      pixels_(static_cast<size_t>(side) * side),
      mask_(static_cast<size_t>(side) * side),
      coverage_(static_cast<size_t>(side) * (side + 2)) {}

// One side inside one row of pixels: it falls (or climbs) by `height` while x runs from x0 to x1, both in [0, side].
void Canvas::edge_in_row(int row, float x0, float x1, float height) {
  float* cells = &coverage_[row * stride()];
  if (x0 > x1) std::swap(x0, x1);
  const int first = static_cast<int>(x0), last = static_cast<int>(x1);
  if (first == last || x1 - x0 < 1e-6f) {
    const float right = (x0 + x1) / 2 - static_cast<float>(first);
    cells[first] += height * (1 - right);
    cells[first + 1] += height * right;
    return;
  }
  const float slope = height / (x1 - x0);
  for (int x = first; x <= last; ++x) {
    const float from = std::max(x0, static_cast<float>(x)), to = std::min(x1, static_cast<float>(x + 1));
    const float part = slope * (to - from), right = (from + to) / 2 - static_cast<float>(x);
    cells[x] += part * (1 - right);
    cells[x + 1] += part * right;
  }
}

void Canvas::edge(Point p, Point q) {
  if (p.y == q.y) return;
  const float direction = p.y < q.y ? 1.0f : -1.0f;
  if (direction < 0) std::swap(p, q);
  const float limit = static_cast<float>(side_), slope = (q.x - p.x) / (q.y - p.y);
  const float bottom = std::min(q.y, limit);
  float y = std::max(p.y, 0.0f);
  while (y < bottom) {
    const int row = static_cast<int>(y);
    const float next = std::min(bottom, static_cast<float>(row + 1));
    const float x0 = p.x + (y - p.y) * slope, x1 = p.x + (next - p.y) * slope;
    // A side beyond the left or right border still counts, as a vertical side at the border.
    const float low = std::min(x0, x1), high = std::max(x0, x1), height = direction * (next - y);
    if (high <= 0 || low >= limit || (low >= 0 && high <= limit)) {
      edge_in_row(row, std::clamp(x0, 0.0f, limit), std::clamp(x1, 0.0f, limit), height);
    } else {
      const float per_x = height / (high - low), inside_low = std::max(low, 0.0f), inside_high = std::min(high, limit);
      if (low < 0) edge_in_row(row, 0, 0, per_x * (0 - low));
      if (high > limit) edge_in_row(row, limit, limit, per_x * (high - limit));
      edge_in_row(row, inside_low, inside_high, per_x * (inside_high - inside_low));
    }
    y = next;
  }
}

Canvas::Box Canvas::cover(const Outline& outline) {
  const float scale = static_cast<float>(side_);
  float left = scale, top = scale, right = 0, bottom = 0;
  int begin = 0;
  for (int end : outline.ends()) {
    for (int i = begin; i < end; ++i) {
      const Point p = outline.points()[i] * scale, q = outline.points()[i + 1 < end ? i + 1 : begin] * scale;
      edge(p, q);
      left = std::min(left, p.x);
      right = std::max(right, p.x);
      top = std::min(top, p.y);
      bottom = std::max(bottom, p.y);
    }
    begin = end;
  }
  const auto clamped = [&](float v) { return static_cast<int>(std::clamp(v, 0.0f, scale)); };
  // One pixel wider than the points: rounding along a side may touch the next cell.
  const Box box{clamped(std::floor(left) - 1), clamped(std::floor(top)), clamped(std::ceil(right) + 1),
                clamped(std::ceil(bottom))};
  for (int y = box.top; y < box.bottom; ++y) {
    float sum = 0;
    for (int x = box.left; x < box.right; ++x) {
      float& cell = coverage_[y * stride() + x];
      sum += cell;
      cell = std::clamp(std::fabs(sum), 0.0f, 1.0f);
      if (cell < 1e-4f) cell = 0;  // rounding left over from sides that cancel
    }
  }
  return box;
}

void Canvas::wipe(const Box& box) {
  for (int y = box.top; y < box.bottom; ++y) {
    std::fill_n(&coverage_[y * stride() + box.left], std::min(box.right + 2, stride()) - box.left, 0.0f);
  }
}

std::vector<float> Canvas::take_mask() {
  std::vector<float> taken(mask_.size());
  taken.swap(mask_);
  return taken;
}

Rgb Canvas::mean(float left, float top, float right, float bottom) const {
  const auto pixel = [&](float v) { return std::clamp(static_cast<int>(v * static_cast<float>(side_)), 0, side_ - 1); };
  Rgb sum;
  int count = 0;
  for (int y = pixel(top); y <= pixel(bottom); ++y) {
    for (int x = pixel(left); x <= pixel(right); ++x, ++count) sum = sum + pixels_[y * side_ + x];
  }
  return sum * (1.0f / static_cast<float>(count));
}

}  // namespace tagloom
