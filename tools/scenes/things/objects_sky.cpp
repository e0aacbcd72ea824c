// Draws objects in the sky: sun, moon, stars, cloud, balloon.
#include <cmath>

#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

constexpr float kPi = 3.14159265f;

Point on_circle(float angle, float radius) { return {radius * std::cos(angle), radius * std::sin(angle)}; }

// A star with `tips` points of radius `outer`, notches at `inner`.
void add_star(Outline& outline, Point middle, float outer, float inner, int tips, float turn) {
  std::vector<Point> points;
  for (int i = 0; i < 2 * tips; ++i) {
    points.push_back(middle + on_circle(turn + kPi * static_cast<float>(i) / static_cast<float>(tips), i % 2 ? inner : outer));
  }
  outline.polygon(points);
}

}  // namespace

// A disc with a crown of rays: wedges, strokes, or a jagged ring.
void draw_sun(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb disc = lighter(mix(paints.main, {1.0f, 0.78f, 0.25f}, random.range(0.35f, 0.95f)), 0.25f);
  const Rgb rays = mix(disc, paints.second, random.range(0, 0.35f));
  pen.halo({0, 0}, 1.25f, lighter(disc, 0.5f), 0.35f);
  const int count = random.between(8, 13), form = random.below(3);
  const float radius = random.range(0.46f, 0.58f);
  Outline crown;
  for (int i = 0; i < count; ++i) {
    const float angle = 2 * kPi * static_cast<float>(i) / static_cast<float>(count), wide = kPi / static_cast<float>(count);
    const float reach = i % 2 ? 1.0f : random.range(0.82f, 1.0f);
    if (form == 0) {
      crown.polygon({on_circle(angle - wide * 0.6f, radius + 0.12f), on_circle(angle, reach),
                     on_circle(angle + wide * 0.6f, radius + 0.12f)});
    } else if (form == 1) {
      crown.line({on_circle(angle, radius + 0.16f), on_circle(angle, reach)}, 0.11f);
    }
  }
  if (form == 2) add_star(crown, {0, 0}, 1.0f, radius + 0.14f, count, 0);
  pen.glow(crown, rays);
  pen.glow(Outline().circle({0, 0}, radius), disc);
  pen.glow(Outline().circle({-0.1f, -0.1f}, radius * 0.6f), lighter(disc, 0.35f));
}

// A crescent, or sometimes a full disc with craters.
void draw_moon(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb face = lighter(paints.main, 0.55f);
  constexpr float kRadius = 0.8f;
  pen.halo({0, 0}, 1.15f, face, 0.18f);
  if (random.chance(0.2f)) {
    pen.glow(Outline().circle({0, 0}, kRadius), face);
    Outline craters;
    craters.circle({-0.28f, -0.22f}, 0.2f)
        .circle({0.3f, 0.05f}, 0.15f)
        .circle({-0.08f, 0.38f}, 0.17f)
        .circle({0.22f, -0.42f}, 0.1f);
    pen.glow(craters, darker(face, 0.22f));
    return;
  }
  // The limb is a little more than half a circle; the terminator, back to its start, is an arc of a larger circle.
  const float bulge = random.range(-0.05f, 0.38f);
  Outline crescent;
  crescent.start({0, -kRadius});
  for (int i = 1; i <= 24; ++i) crescent.to(on_circle(-kPi / 2 - kPi * static_cast<float>(i) / 24, kRadius));
  for (int i = 1; i < 24; ++i) {
    const float t = kPi / 2 - kPi * static_cast<float>(i) / 24;
    crescent.to({-kRadius * (0.1f + bulge) * std::cos(t), kRadius * std::sin(t)});
  }
  pen.glow(crescent.finish(), face);
}

// A handful of pointed stars scattered over the box.
void draw_stars(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb light = lighter(paints.main, 0.6f);
  const int tips = random.between(4, 5), count = random.between(6, 10);
  const float inner = tips == 4 ? 0.34f : 0.45f;
  Outline stars;
  for (int i = 0; i < count; ++i) {
    // One star in each cell of a 4 x 3 grid, shuffled by a stride that visits every cell.
    const int cell = (i * 5 + 2) % 12;
    const float x = -0.75f + 0.5f * static_cast<float>(cell % 4) + random.range(-0.17f, 0.17f);
    const float y = -0.66f + 0.66f * static_cast<float>(cell / 4) + random.range(-0.2f, 0.2f);
    const float size = random.range(0.10f, 0.21f), turn = -kPi / 2 + random.range(-0.2f, 0.2f);
    add_star(stars, {x, y}, size, size * inner, tips, turn);
  }
  pen.glow(stars, light);
}

// Puffs on a flat base, lighter on top.
void draw_cloud(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb body = mix(lighter(paints.main, 0.72f), paints.second, 0.08f);
  const int puffs = random.between(3, 5);
  Outline outline, top;
  outline.line({{-0.7f, 0.22f}, {0.7f, 0.22f}}, 0.5f);
  for (int i = 0; i < puffs; ++i) {
    const float t = (static_cast<float>(i) + 0.5f) / static_cast<float>(puffs) * 2 - 1;
    const float radius = (0.46f - 0.2f * std::fabs(t)) * random.range(0.85f, 1.2f);
    const Point middle{t * 0.72f, 0.12f - radius * random.range(0.25f, 0.65f)};
    outline.circle(middle, radius);
    top.circle(middle + Point{-0.05f, -0.06f}, radius * 0.72f);
  }
  pen.fill(outline, darker(body, 0.10f));
  pen.fill(top, lighter(body, 0.5f));
}

// A hot-air balloon: striped envelope, ropes, basket.
void draw_balloon(Pen& pen, const Paints& paints, SceneRandom& random) {
  const auto envelope = [](float half) {  // half = 1 is the whole width; smaller ones are the stripes
    Outline outline;
    outline.start({0, -1}).curve({0.92f * half, -1}, {0.92f * half, -0.15f}, {0.17f * half, 0.5f});
    outline.to({-0.17f * half, 0.5f}).curve({-0.92f * half, -0.15f}, {-0.92f * half, -1}, {0, -1});
    return outline.finish();
  };
  pen.line({{-0.15f, 0.5f}, {-0.11f, 0.76f}}, 0.03f, darker(paints.accent, 0.5f));
  pen.line({{0.15f, 0.5f}, {0.11f, 0.76f}}, 0.03f, darker(paints.accent, 0.5f));
  pen.fill(envelope(1), paints.main);
  if (random.chance(0.8f)) {
    pen.fill(envelope(0.64f), paints.second);
    pen.fill(envelope(0.28f), random.chance(0.5f) ? paints.main : paints.accent);
  } else {
    Outline band;
    band.start({-0.68f, -0.5f}).curve({0, -0.32f}, {0.68f, -0.5f}).to({0.63f, -0.22f}).curve({0, -0.04f}, {-0.63f, -0.22f});
    pen.fill(band.finish(), paints.second);
  }
  pen.polygon({{-0.15f, 0.73f}, {0.15f, 0.73f}, {0.12f, 1}, {-0.12f, 1}}, darker(paints.accent, 0.25f));
  pen.rectangle(-0.17f, 0.72f, 0.17f, 0.79f, lighter(paints.accent, 0.2f));
}

}  // namespace tagloom
