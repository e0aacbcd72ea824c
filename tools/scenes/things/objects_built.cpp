// Draws built things: house, lighthouse, car, boat.
#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

// Window panes: lit by lamps at night, by the sky by day.
void draw_pane(Pen& pen, float left, float top, float right, float bottom, Rgb day) {
  const Outline pane = Outline().rectangle(left, top, right, bottom);
  if (pen.light().night) {
    pen.glow(pane, {0.98f, 0.86f, 0.5f});
  } else {
    pen.fill(pane, day);
  }
}

}  // namespace

// Walls under a pitched roof, door, windows, often a chimney.
void draw_house(Pen& pen, const Paints& paints, SceneRandom& random) {
  const float half = random.range(0.6f, 0.8f), eaves = random.range(-0.2f, 0.1f), ridge = random.range(-0.8f, -0.62f);
  const Rgb glass = mix({0.35f, 0.45f, 0.55f}, paints.accent, 0.25f), trim = lighter(paints.accent, 0.5f);
  pen.shadow({0, 0.99f}, half + 0.2f, 0.08f);
  if (random.chance(0.6f)) pen.rectangle(half * 0.42f, ridge, half * 0.66f, eaves, darker(paints.second, 0.25f));
  pen.rectangle(-half, eaves - 0.02f, half, 1, paints.main);
  const float flat = random.chance(0.5f) ? half * random.range(0.4f, 0.7f) : 0;  // half the ridge's length
  pen.polygon({{-half - 0.14f, eaves}, {-flat, ridge}, {flat, ridge}, {half + 0.14f, eaves}}, paints.second);
  const float door = random.range(-0.15f, 0.15f) * half;
  pen.rectangle(door - 0.13f, 0.42f, door + 0.13f, 1, darker(paints.accent, 0.3f));
  const float upper = eaves + 0.16f, lower = upper + 0.34f;
  for (const float side : {-1.0f, 1.0f}) {
    const float middle = side * half * 0.62f;
    pen.rectangle(middle - 0.17f, upper - 0.04f, middle + 0.17f, lower + 0.04f, trim);
    draw_pane(pen, middle - 0.13f, upper, middle + 0.13f, lower, glass);
    pen.rectangle(middle - 0.015f, upper, middle + 0.015f, lower, trim);
  }
}

// A tapering tower with bands, gallery, lamp and dome, on a rock.
void draw_lighthouse(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb wall = lighter(paints.main, 0.3f), band = darker(paints.second, 0.15f),
            rock = mix(paints.accent, {0.4f, 0.38f, 0.36f}, 0.7f);
  Outline foot;
  foot.start({-0.5f, 1}).curve({-0.42f, 0.72f}, {-0.1f, 0.74f}).curve({0.3f, 0.66f}, {0.5f, 1});
  const auto half = [](float y) { return 0.15f + 0.11f * (y + 0.55f) / 1.4f; };  // of the tower at height y
  const auto slice = [&](float top, float bottom) {
    return Outline().polygon({{-half(top), top}, {half(top), top}, {half(bottom), bottom}, {-half(bottom), bottom}});
  };
  if (pen.light().night || random.chance(0.3f)) {
    Outline beam;
    beam.polygon({{0, -0.72f}, {-1.5f, -1.0f}, {-1.5f, -0.55f}}).polygon({{0, -0.72f}, {1.5f, -1.0f}, {1.5f, -0.55f}});
    pen.canvas().fill(
        beam.mapped(Affine::place(pen.centre(), pen.half())),
        [](float, float) {
          return Rgb{1, 0.97f, 0.8f};
        },
        0.25f, false);
  }
  pen.fill(slice(-0.55f, 0.85f), wall);
  const int bands = random.between(2, 3);
  for (int i = 0; i < bands; ++i) {
    const float top = -0.55f + (static_cast<float>(i) + 0.5f) * 1.3f / static_cast<float>(bands);
    pen.fill(slice(top, top + 0.65f / static_cast<float>(bands)), band);
  }
  pen.fill(foot.finish(), rock);
  pen.rectangle(-0.22f, -0.6f, 0.22f, -0.53f, darker(band, 0.3f));
  pen.glow(Outline().rectangle(-0.11f, -0.8f, 0.11f, -0.6f), {1, 0.93f, 0.6f});
  pen.fill(Outline().arc({0, -0.8f}, 0.16f, 0.2f, 3.14159265f, 6.2831853f), band);
}

// From the side: a saloon, a van or a pick-up, on two wheels.
void draw_car(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb glass = mix({0.3f, 0.38f, 0.45f}, paints.accent, 0.2f), tyre{0.12f, 0.12f, 0.13f};
  const int form = random.below(3);
  pen.shadow({0, 0.98f}, 1.0f, 0.08f);
  Outline body, panes;
  body.start({-0.98f, 0.82f}).to({-0.98f, 0.5f}).curve({-0.96f, 0.4f}, {-0.8f, 0.38f}).to({0.72f, 0.38f});
  body.curve({0.98f, 0.42f}, {0.99f, 0.62f}).to({0.98f, 0.82f}).finish();
  if (form == 0) {
    body.start({-0.72f, 0.42f})
        .curve({-0.52f, 0.02f}, {-0.38f, 0.02f})
        .to({0.16f, 0.02f})
        .curve({0.3f, 0.04f}, {0.58f, 0.42f})
        .finish();
    panes.start({-0.54f, 0.36f}).to({-0.38f, 0.11f}).to({-0.13f, 0.11f}).to({-0.13f, 0.36f}).finish();
    panes.start({-0.05f, 0.36f}).to({-0.05f, 0.11f}).to({0.15f, 0.11f}).to({0.4f, 0.36f}).finish();
  } else if (form == 1) {
    body.start({-0.98f, 0.5f})
        .to({-0.98f, -0.06f})
        .curve({-0.97f, -0.14f}, {-0.88f, -0.14f})
        .to({0.38f, -0.14f})
        .curve({0.52f, -0.12f}, {0.74f, 0.42f})
        .finish();
    panes.rectangle(-0.86f, -0.02f, -0.5f, 0.28f).rectangle(-0.4f, -0.02f, -0.04f, 0.28f);
    panes.polygon({{0.06f, -0.02f}, {0.36f, -0.02f}, {0.54f, 0.28f}, {0.06f, 0.28f}});
  } else {
    body.start({-0.14f, 0.42f}).to({-0.08f, 0.0f}).to({0.3f, 0.0f}).to({0.56f, 0.42f}).finish();
    body.rectangle(-0.98f, 0.28f, -0.9f, 0.6f);
    panes.polygon({{-0.03f, 0.34f}, {0.02f, 0.09f}, {0.27f, 0.09f}, {0.42f, 0.34f}});
  }
  pen.fill(body, paints.main);
  pen.fill(panes, glass);
  pen.rectangle(-0.96f, 0.66f, 0.97f, 0.72f, random.chance(0.4f) ? paints.second : darker(paints.main, 0.25f));
  for (const float x : {-0.56f, 0.56f}) {
    pen.circle({x, 0.78f}, 0.22f, tyre);
    pen.circle({x, 0.78f}, 0.11f, {0.72f, 0.73f, 0.75f});
  }
  const Outline lamp = Outline().ellipse({0.92f, 0.52f}, 0.06f, 0.08f);
  pen.light().night ? pen.glow(lamp, {1, 0.95f, 0.7f}) : pen.fill(lamp, {0.97f, 0.93f, 0.75f});
}

// A sailing boat, or a steamer with cabin and funnel.
void draw_boat(Pen& pen, const Paints& paints, SceneRandom& random) {
  Outline hull;
  hull.start({-0.95f, 0.5f})
      .to({0.95f, 0.5f})
      .curve({0.82f, 0.98f}, {0.5f, 1.0f})
      .to({-0.55f, 1.0f})
      .curve({-0.8f, 0.95f}, {-0.95f, 0.5f});
  hull.finish();
  const Rgb wood = darker(mix(paints.accent, {0.35f, 0.25f, 0.18f}, 0.5f), 0.2f);
  if (random.chance(0.65f)) {
    const float mast = random.range(-0.1f, 0.12f), top = random.range(-0.9f, -0.72f);
    pen.rectangle(mast - 0.035f, top, mast + 0.035f, 0.55f, wood);
    Outline main_sail, fore_sail;
    main_sail.start({mast + 0.06f, top + 0.06f}).curve({mast + 0.62f, -0.2f}, {mast + 0.72f, 0.36f}).to({mast + 0.06f, 0.36f});
    pen.fill(main_sail.finish(), lighter(paints.second, 0.35f));
    if (random.chance(0.75f)) {
      fore_sail.start({mast - 0.06f, top + 0.2f}).curve({mast - 0.34f, 0}, {mast - 0.66f, 0.36f}).to({mast - 0.06f, 0.36f});
      pen.fill(fore_sail.finish(), lighter(paints.accent, 0.4f));
    }
  } else {
    const float cabin = random.range(0.0f, 0.12f);
    pen.rectangle(-0.05f, -0.42f, 0.17f, cabin, darker(paints.accent, 0.1f));
    pen.rectangle(-0.05f, -0.32f, 0.17f, -0.2f, lighter(paints.main, 0.5f));
    pen.rectangle(-0.5f, cabin - 0.08f, 0.5f, 0.55f, lighter(paints.second, 0.45f));
    for (const float x : {-0.32f, 0.0f, 0.32f})
      draw_pane(pen, x - 0.08f, cabin + 0.06f, x + 0.08f, cabin + 0.24f, {0.3f, 0.4f, 0.5f});
    pen.line({{0.74f, 0.5f}, {0.74f, 0.12f}}, 0.05f, wood);
  }
  pen.fill(hull, paints.main);
  pen.polygon({{-0.93f, 0.58f}, {0.93f, 0.58f}, {0.9f, 0.68f}, {-0.88f, 0.68f}}, lighter(paints.second, 0.3f));
}

}  // namespace tagloom
