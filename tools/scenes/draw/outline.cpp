// Converts curves to polygons, fine enough for pictures of a few hundred pixels.
#include "tools/scenes/draw/outline.h"

#include <algorithm>
#include <cmath>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr float kTurn = 6.28318530718f;
constexpr int kCircleSegments = 40;  // an error of 0.3 pixels on a circle of radius 100
constexpr int kCurveSegments = 12;

}  // namespace

Affine Affine::place(Point centre, float half, float angle, bool mirrored) {
  const float c = std::cos(angle) * half, s = std::sin(angle) * half, m = mirrored ? -1.0f : 1.0f;
  return {c * m, -s, centre.x, s * m, c, centre.y};
}

Outline& Outline::start(Point p) {
  points_.push_back(p);
  return *this;
}

Outline& Outline::to(Point p) { return start(p); }

Outline& Outline::curve(Point control, Point end) {
  const Point from = points_.back();
  return curve(mix(from, control, 2.0f / 3), mix(end, control, 2.0f / 3), end);
}

Outline& Outline::curve(Point control1, Point control2, Point end) {
  const Point from = points_.back();
  for (int i = 1; i <= kCurveSegments; ++i) {
    const float t = static_cast<float>(i) / kCurveSegments, u = 1 - t;
    points_.push_back(from * (u * u * u) + control1 * (3 * u * u * t) + control2 * (3 * u * t * t) + end * (t * t * t));
  }
  return *this;
}

Outline& Outline::finish() {
  const int begin = ends_.empty() ? 0 : ends_.back(), end = static_cast<int>(points_.size());
  float area = 0;
  for (int i = begin; i < end; ++i) {
    const Point p = points_[i], q = points_[i + 1 < end ? i + 1 : begin];
    area += p.x * q.y - q.x * p.y;
  }
  if (area < 0) std::reverse(points_.begin() + begin, points_.end());
  ends_.push_back(end);
  return *this;
}

Outline& Outline::polygon(std::initializer_list<Point> points) {
  points_.insert(points_.end(), points.begin(), points.end());
  return finish();
}

Outline& Outline::polygon(const std::vector<Point>& points) {
  points_.insert(points_.end(), points.begin(), points.end());
  return finish();
}

Outline& Outline::rectangle(float left, float top, float right, float bottom) {
  return polygon({{left, top}, {right, top}, {right, bottom}, {left, bottom}});
}

Outline& Outline::ellipse(Point centre, float rx, float ry, float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  for (int i = 0; i < kCircleSegments; ++i) {
    const float t = kTurn * static_cast<float>(i) / kCircleSegments, x = rx * std::cos(t), y = ry * std::sin(t);
    points_.push_back({centre.x + c * x - s * y, centre.y + s * x + c * y});
  }
  return finish();
}

Outline& Outline::arc(Point centre, float rx, float ry, float from, float to) {
  const int segments = std::max(2, static_cast<int>(std::ceil(std::fabs(to - from) / kTurn * kCircleSegments)));
  for (int i = 0; i <= segments; ++i) {
    const float t = from + (to - from) * static_cast<float>(i) / static_cast<float>(segments);
    points_.push_back({centre.x + rx * std::cos(t), centre.y + ry * std::sin(t)});
  }
  return finish();
}

Outline& Outline::line(const std::vector<Point>& points, float width) {
  const float half = width / 2;
  for (size_t i = 0; i < points.size(); ++i) {
    for (int k = 0; k < 10; ++k) {
      const float t = kTurn * static_cast<float>(k) / 10;
      points_.push_back({points[i].x + half * std::cos(t), points[i].y + half * std::sin(t)});
    }
    finish();
    if (i == 0) continue;
    const Point p = points[i - 1], q = points[i], along = q - p;
    const float length = std::sqrt(along.x * along.x + along.y * along.y);
    if (length <= 0) continue;
    const Point side = Point{-along.y, along.x} * (half / length);
    polygon({p + side, q + side, q - side, p - side});
  }
  return *this;
}

Outline Outline::mapped(const Affine& map) const {
  Outline result;
  result.points_.reserve(points_.size());
  int begin = 0;
  for (int end : ends_) {
    for (int i = begin; i < end; ++i) result.points_.push_back(map(points_[i]));
    result.finish();
    begin = end;
  }
  return result;
}

std::vector<Point> curve_points(std::initializer_list<Point> control, int segments) {
  TL_CHECK_AS(ErrorKind::kInternal, control.size() == 3 || control.size() == 4, "[curve_points] needs 3 or 4 points, got {}",
              control.size());
  const Point* p = control.begin();
  std::vector<Point> result;
  for (int i = 0; i <= segments; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(segments), u = 1 - t;
    result.push_back(control.size() == 3
                         ? p[0] * (u * u) + p[1] * (2 * u * t) + p[2] * (t * t)
                         : p[0] * (u * u * u) + p[1] * (3 * u * u * t) + p[2] * (3 * u * t * t) + p[3] * (t * t * t));
  }
  return result;
}

}  // namespace tagloom
