#pragma once
// Draws one thing in its own box [-1, 1]^2 (y downwards) and places it in the picture: rotated, scaled, lit from one side, darkened at
// night, with a little grain. Things on the ground stand on y = 1.
#include "tools/scenes/draw/canvas.h"
#include "tools/scenes/draw/random.h"

namespace tagloom {

// The light of a whole scene.
struct Light {
  Rgb ambient{1, 1, 1};           // multiplies every colour that does not glow
  Point direction{-0.6f, -0.8f};  // towards the light, length 1, on screen
  float strength = 0.25f;         // how much brighter the lit side of a thing is
  bool night = false;
};

class Pen {
 public:
  Pen(Canvas& canvas, const Light& light, Point centre, float half, float angle, bool mirrored, uint32_t grain_seed)
      : canvas_(canvas),
        light_(light),
        centre_(centre),
        half_(half),
        place_(Affine::place(centre, half, angle, mirrored)),
        grain_seed_(grain_seed) {}

  const Light& light() const { return light_; }
  Canvas& canvas() { return canvas_; }
  Point centre() const { return centre_; }
  float half() const { return half_; }

  // Paints an outline given in the pen's own box.
  void fill(const Outline& outline, Rgb color);
  // The same without shading or darkening at night.
  void glow(const Outline& outline, Rgb color, float opacity = 1);
  // A dark soft patch that is not part of the thing.
  void shadow(Point middle, float rx, float ry);
  // A halo of light about a point, strongest in the middle; not part of the thing.
  void halo(Point middle, float radius, Rgb color, float strength);

  void polygon(std::initializer_list<Point> points, Rgb color) { fill(Outline().polygon(points), color); }
  void rectangle(float left, float top, float right, float bottom, Rgb color) {
    fill(Outline().rectangle(left, top, right, bottom), color);
  }
  void ellipse(Point middle, float rx, float ry, Rgb color) { fill(Outline().ellipse(middle, rx, ry), color); }
  void circle(Point middle, float radius, Rgb color) { fill(Outline().circle(middle, radius), color); }
  void line(const std::vector<Point>& points, float width, Rgb color) { fill(Outline().line(points, width), color); }

 private:
  Canvas& canvas_;
  Light light_;
  Point centre_;
  float half_;
  Affine place_;
  uint32_t grain_seed_;
};

}  // namespace tagloom
