// Draws balls, kites and umbrellas.
#include <cmath>

#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

constexpr float kPi = 3.14159265f;

}  // namespace

// A disc with the seams of a beach ball, the patches of a football, or a tennis ball's curves; a spot of light.
void draw_ball(Pen& pen, const Paints& paints, SceneRandom& random) {
  pen.shadow({0.15f, 0.97f}, 0.85f, 0.12f);
  const float turn = random.range(0, 2 * kPi);
  const Affine rolled = Affine::place({0, 0}, 1, turn);
  pen.circle({0, 0}, 1, paints.main);
  const int form = random.below(3);
  if (form == 0) {  // wedges that meet at an off-centre pole
    constexpr int kWedges = 6;
    const Point pole{0.25f, -0.1f};
    for (int i = 0; i < kWedges; i += 2) {
      const float from = 2 * kPi * static_cast<float>(i) / kWedges, to = 2 * kPi * static_cast<float>(i + 1) / kWedges;
      Outline wedge;
      wedge.start(pole);
      for (int k = 0; k <= 8; ++k) {
        const float t = from + (to - from) * static_cast<float>(k) / 8;
        wedge.to({std::cos(t), std::sin(t)});
      }
      pen.fill(wedge.finish().mapped(rolled), i == 2 ? paints.accent : paints.second);
    }
    pen.fill(Outline().circle(pole, 0.14f).mapped(rolled), lighter(paints.accent, 0.4f));
  } else if (form == 1) {  // a patch in the middle, more at the rim
    Outline patches;
    std::vector<Point> middle;
    for (int k = 0; k < 5; ++k) {
      const float t = 2 * kPi * static_cast<float>(k) / 5;
      middle.push_back({0.34f * std::cos(t), 0.34f * std::sin(t)});
      patches.polygon({{0.74f * std::cos(t - 0.2f), 0.74f * std::sin(t - 0.2f)},
                       {0.97f * std::cos(t - 0.3f), 0.97f * std::sin(t - 0.3f)},
                       {0.99f * std::cos(t), 0.99f * std::sin(t)},
                       {0.97f * std::cos(t + 0.3f), 0.97f * std::sin(t + 0.3f)},
                       {0.74f * std::cos(t + 0.2f), 0.74f * std::sin(t + 0.2f)}});
      patches.line({{0.34f * std::cos(t), 0.34f * std::sin(t)}, {0.8f * std::cos(t), 0.8f * std::sin(t)}}, 0.07f);
    }
    pen.fill(patches.polygon(middle).mapped(rolled), paints.second);
  } else {  // two curved bands
    Outline bands;
    bands.line(curve_points({{-0.55f, -0.76f}, {0.1f, 0}, {-0.55f, 0.76f}}), 0.2f);
    bands.line(curve_points({{0.55f, -0.76f}, {-0.1f, 0}, {0.55f, 0.76f}}), 0.2f);
    pen.fill(bands.mapped(rolled), paints.second);
  }
  pen.ellipse({-0.35f, -0.42f}, 0.2f, 0.14f, lighter(paints.main, 0.6f));
}

// A diamond on crossed spars, with a tail of bows on a swinging string.
void draw_kite(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Point top{0, -1}, left{-0.6f, -0.38f}, right{0.6f, -0.38f}, bottom{0, 0.4f}, cross{0, -0.38f};
  const float side = random.sign(), swing = side * random.range(0.2f, 0.5f);
  const std::vector<Point> tail = curve_points({bottom, {swing, 0.55f}, {-swing, 0.8f}, {swing * 0.4f, 1}});
  pen.line(tail, 0.05f, darker(paints.accent, 0.3f));
  pen.polygon({top, cross, left}, paints.main);
  pen.polygon({top, cross, right}, paints.second);
  pen.polygon({bottom, cross, left}, random.chance(0.5f) ? paints.second : paints.accent);
  pen.polygon({bottom, cross, right}, paints.main);
  pen.line({top, bottom}, 0.05f, darker(paints.accent, 0.4f));
  pen.line({left, right}, 0.05f, darker(paints.accent, 0.4f));
  for (const size_t at : {size_t{5}, size_t{9}, size_t{13}}) {
    const Point p = tail[at];
    Outline bow;
    bow.polygon({p, p + Point{-0.17f, -0.1f}, p + Point{-0.17f, 0.1f}})
        .polygon({p, p + Point{0.17f, -0.1f}, p + Point{0.17f, 0.1f}});
    pen.fill(bow, at == 9 ? paints.second : paints.main);
  }
}

// A dome of coloured gores with a scalloped hem over a stick, with or without a crook.
void draw_umbrella(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb stick = darker(mix(paints.accent, {0.4f, 0.3f, 0.25f}, 0.5f), 0.25f);
  const bool crook = random.chance(0.6f);
  const float hem = random.range(-0.12f, 0.08f);
  if (crook) {
    pen.line({{0, -0.8f}, {0, 0.8f}}, 0.07f, stick);
    pen.line(curve_points({{0, 0.8f}, {0.02f, 1.08f}, {0.26f, 1.02f}, {0.25f, 0.82f}}), 0.08f, stick);
  } else {
    pen.shadow({0.1f, 0.98f}, 0.7f, 0.07f);
    pen.line({{0, -0.8f}, {0, 0.97f}}, 0.08f, stick);
  }
  constexpr int kGores = 6;
  const float height = hem + 0.82f;
  const auto rib = [&](float t, float along) {  // t in [-1, 1] across the hem; along = 0 at the top, 1 at the hem
    return Point{t * std::sin(along * kPi / 2), hem - height * std::cos(along * kPi / 2)};
  };
  for (int i = 0; i < kGores; ++i) {
    // Seen from the side, the hem's points are closer together at the dome's edges.
    const float from = -std::cos(kPi * static_cast<float>(i) / kGores), to = -std::cos(kPi * static_cast<float>(i + 1) / kGores);
    Outline gore;
    gore.start(rib(from, 0));
    for (int k = 1; k <= 8; ++k) gore.to(rib(from, static_cast<float>(k) / 8));
    gore.curve({(from + to) / 2, hem - 0.14f}, rib(to, 1));
    for (int k = 7; k > 0; --k) gore.to(rib(to, static_cast<float>(k) / 8));
    pen.fill(gore.finish(), i % 2 ? paints.second : paints.main);
  }
  pen.line({{0, -0.8f}, {0, -0.92f}}, 0.08f, stick);
}

}  // namespace tagloom
