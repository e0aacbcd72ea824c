// Draws mountains, trees and flowers.
#include <algorithm>
#include <cmath>

#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

constexpr float kPi = 3.14159265f;

// A trunk under a crown of leaves, which begins at `foot`.
void draw_trunk(Pen& pen, float foot, float wide, Rgb bark) {
  pen.polygon({{-wide, 1}, {-wide * 0.7f, foot}, {wide * 0.7f, foot}, {wide, 1}}, bark);
}

void draw_leafy_tree(Pen& pen, Rgb leaves, Rgb bark, SceneRandom& random) {
  draw_trunk(pen, 0, random.range(0.08f, 0.13f), bark);
  Outline crown, lit;
  crown.circle({0, -0.42f}, random.range(0.42f, 0.52f));
  const int puffs = random.between(5, 7);
  const float turn = random.range(0, 2 * kPi);
  for (int i = 0; i < puffs; ++i) {
    const float angle = turn + 2 * kPi * static_cast<float>(i) / static_cast<float>(puffs);
    const float radius = random.range(0.2f, 0.3f);
    const Point middle{0.38f * std::cos(angle), -0.42f + 0.34f * std::sin(angle)};
    crown.circle(middle, radius);
    if (i % 2 == 0) lit.circle(middle + Point{-0.04f, -0.06f}, radius * 0.55f);
  }
  pen.fill(crown, leaves);
  pen.fill(lit, lighter(leaves, 0.16f));
}

void draw_conifer(Pen& pen, Rgb leaves, Rgb bark, SceneRandom& random) {
  draw_trunk(pen, 0.6f, 0.09f, bark);
  const int layers = random.between(3, 4);
  const float wide = random.range(0.52f, 0.68f);
  for (int i = 0; i < layers; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(layers), bottom = 0.74f - 1.25f * t, half = wide * (1 - 0.75f * t);
    const float top = std::max(-1.0f, bottom - 0.85f);
    pen.polygon({{0, top},
                 {half, bottom},
                 {half * 0.5f, bottom - 0.06f},
                 {0, bottom + 0.02f},
                 {-half * 0.5f, bottom - 0.06f},
                 {-half, bottom}},
                i % 2 ? lighter(leaves, 0.12f) : leaves);
  }
}

void draw_palm(Pen& pen, Rgb leaves, Rgb bark, SceneRandom& random) {
  const float lean = random.range(-0.3f, 0.3f);
  pen.line(curve_points({{0, 0.96f}, {lean * 0.2f, 0.2f}, {lean, -0.45f}}), 0.11f, bark);
  const Point top{lean, -0.48f};
  const int fronds = random.between(6, 8);
  for (int i = 0; i < fronds; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(fronds - 1) * 2 - 1;  // left to right
    const Point tip = top + Point{0.66f * t, -0.25f + 0.55f * t * t + random.range(-0.08f, 0.08f)};
    const Point bow = top + Point{0.4f * t, -0.5f + 0.15f * t * t};
    Outline frond;
    frond.start(top).curve(bow, tip).curve(bow + Point{0, 0.26f}, top);
    pen.fill(frond.finish(), i % 2 ? leaves : lighter(leaves, 0.14f));
  }
}

}  // namespace

// Peaks with a shaded side, often capped with snow.
void draw_mountain(Pen& pen, const Paints& paints, SceneRandom& random) {
  const int peaks = random.between(1, 3);
  const Rgb rock = mix(paints.main, {0.45f, 0.45f, 0.5f}, 0.35f), cap = lighter(paints.accent, 0.8f);
  const bool capped = random.chance(0.7f);
  for (int i = 0; i < peaks; ++i) {
    const float x =
        peaks == 1 ? random.range(-0.15f, 0.15f) : -0.45f + 0.9f * static_cast<float>(i) / static_cast<float>(peaks - 1);
    const float top = i == peaks / 2 ? -0.6f : random.range(-0.2f, 0.15f), wide = (1 - top) * random.range(0.42f, 0.52f);
    const float left = std::max(-1.0f, x - wide), right = std::min(1.0f, x + wide);
    const float jag = random.range(-0.06f, 0.06f);
    const Point tip{x, top};
    const Point on_left = mix(tip, {left, 1}, 0.5f) + Point{jag, 0.04f},
                on_right = mix(tip, {right, 1}, 0.55f) + Point{-jag, -0.04f};
    pen.polygon({{left, 1}, on_left, tip, on_right, {right, 1}}, rock);
    pen.polygon({tip, on_right, {right, 1}, {x + 0.12f * wide, 1}, {x - 0.06f, top + 0.5f * (1 - top)}}, darker(rock, 0.28f));
    if (!capped) continue;
    const Point a = mix(tip, on_left, 0.62f), b = mix(tip, on_right, 0.62f), middle = mix(a, b, 0.5f);
    pen.polygon(
        {tip, b, mix(b, middle, 0.5f) + Point{0, -0.08f}, middle + Point{0, 0.1f}, mix(a, middle, 0.5f) + Point{0, -0.08f}, a},
        cap);
  }
}

// Leafy, conifer or palm.
void draw_tree(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb bark = darker(mix(paints.accent, {0.42f, 0.28f, 0.18f}, 0.6f), 0.2f);
  pen.shadow({0.1f, 0.98f}, 0.5f, 0.09f);
  const float form = random.uniform();
  if (form < 0.5f) {
    draw_leafy_tree(pen, paints.main, bark, random);
  } else if (form < 0.8f) {
    draw_conifer(pen, paints.main, bark, random);
  } else {
    draw_palm(pen, paints.main, bark, random);
  }
}

// A stem with leaves, and petals around a centre or a tulip's cup.
void draw_flower(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb stem = mix(paints.accent, {0.25f, 0.5f, 0.2f}, 0.65f);
  const float lean = random.range(-0.12f, 0.12f);
  pen.line(curve_points({{0, 1}, {-lean, 0.5f}, {lean, -0.2f}}), 0.09f, stem);
  for (const float side : {-1.0f, 1.0f}) {
    const float y = random.range(0.45f, 0.75f);
    Outline leaf;
    leaf.start({0, y}).curve({0.3f * side, y - 0.36f}, {0.5f * side, y - 0.3f}).curve({0.34f * side, y + 0.04f}, {0, y});
    pen.fill(leaf.finish(), stem);
  }
  const Point heart{lean, -0.42f};
  if (random.chance(0.25f)) {
    Outline cup;
    cup.start(heart + Point{-0.36f, -0.4f})
        .to(heart + Point{-0.16f, -0.12f})
        .to(heart + Point{0, -0.5f})
        .to(heart + Point{0.16f, -0.12f});
    cup.to(heart + Point{0.36f, -0.4f}).curve(heart + Point{0.46f, 0.36f}, heart + Point{0, 0.36f});
    cup.curve(heart + Point{-0.46f, 0.36f}, heart + Point{-0.36f, -0.4f});
    pen.fill(cup.finish(), paints.main);
    return;
  }
  const int petals = random.between(5, 9);
  const float turn = random.range(0, kPi), reach = 0.34f, wide = petals <= 6 ? 0.2f : 0.15f;
  Outline petal;
  for (int i = 0; i < petals; ++i) {
    const float angle = turn + 2 * kPi * static_cast<float>(i) / static_cast<float>(petals);
    petal.ellipse(heart + Point{reach * std::cos(angle), reach * std::sin(angle)}, 0.25f, wide, angle);
  }
  pen.fill(petal, paints.main);
  pen.circle(heart, 0.19f, paints.second);
}

}  // namespace tagloom
