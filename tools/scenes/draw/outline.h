#pragma once
// Closed outlines: polygons, ellipses, curves and thick lines as one list of polygons, ready for the canvas.
// Overlapping parts form a union: closing a part gives it the common orientation, so no part cuts a hole.
// x grows to the right, y downwards.
#include <initializer_list>
#include <vector>

namespace tagloom {

struct Point {
  float x = 0, y = 0;
};

inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(Point a, float s) { return {a.x * s, a.y * s}; }
inline Point mix(Point a, Point b, float t) { return a * (1 - t) + b * t; }

// p -> (a x + b y + tx, c x + d y + ty)
struct Affine {
  float a = 1, b = 0, tx = 0, c = 0, d = 1, ty = 0;

  Point operator()(Point p) const { return {a * p.x + b * p.y + tx, c * p.x + d * p.y + ty}; }
  // The unit box [-1, 1]^2 to a box of half side `half` about `centre`, turned by `angle` (radians, clockwise on
  // screen).
  static Affine place(Point centre, float half, float angle = 0, bool mirrored = false);
};

class Outline {
 public:
  Outline() = default;

  Outline& polygon(std::initializer_list<Point> points);
  Outline& polygon(const std::vector<Point>& points);
  Outline& rectangle(float left, float top, float right, float bottom);
  Outline& ellipse(Point centre, float rx, float ry, float angle = 0);
  Outline& circle(Point centre, float radius) { return ellipse(centre, radius, radius); }
  // Part of an ellipse between two angles (radians, 0 to the right, growing clockwise on screen), closed by its chord.
  Outline& arc(Point centre, float rx, float ry, float from, float to);
  // A thick line through the points, round at joints and ends.
  Outline& line(const std::vector<Point>& points, float width);

  // A freeform part: start, then straight and curved sides; finish() closes it.
  Outline& start(Point p);
  Outline& to(Point p);
  Outline& curve(Point control, Point end);                   // quadratic
  Outline& curve(Point control1, Point control2, Point end);  // cubic
  Outline& finish();

  Outline mapped(const Affine& map) const;

  const std::vector<Point>& points() const { return points_; }
  const std::vector<int>& ends() const { return ends_; }  // one past the last point of each part

 private:
  std::vector<Point> points_;
  std::vector<int> ends_;
};

// Points on a smooth open curve with the given control points (quadratic Bezier for three, cubic for four).
std::vector<Point> curve_points(std::initializer_list<Point> control, int segments = 16);

}  // namespace tagloom
