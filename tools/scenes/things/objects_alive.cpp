// Draws living things: bird, fish, dog, person.
#include <cmath>

#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

void draw_eye(Pen& pen, Point at, float radius) {
  pen.circle(at, radius, {0.95f, 0.95f, 0.92f});
  pen.circle(at + Point{radius * 0.2f, 0}, radius * 0.6f, {0.05f, 0.05f, 0.07f});
}

}  // namespace

// In flight, from the side: wing up or down; or from the front, a gull with both wings spread.
void draw_bird(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb beak = mix(paints.accent, {0.95f, 0.6f, 0.15f}, 0.6f);
  if (random.chance(0.3f)) {
    const float dip = random.range(-0.35f, 0.05f);
    Outline wings;
    wings.start({-1, dip}).curve({-0.5f, -0.72f}, {0, -0.02f}).curve({0.5f, -0.72f}, {1, dip});
    wings.curve({0.5f, -0.3f}, {0.12f, 0.24f}).to({-0.12f, 0.24f}).curve({-0.5f, -0.3f}, {-1, dip});
    pen.fill(wings.finish(), paints.main);
    pen.ellipse({0, 0.1f}, 0.13f, 0.26f, paints.second);
    pen.polygon({{-0.05f, 0.3f}, {0.05f, 0.3f}, {0, 0.44f}}, beak);
    return;
  }
  pen.polygon({{-0.45f, 0.1f}, {-1, -0.12f}, {-0.9f, 0.12f}, {-1, 0.3f}, {-0.4f, 0.28f}}, darker(paints.main, 0.2f));
  pen.polygon({{0.82f, -0.16f}, {1.0f, -0.06f}, {0.82f, 0.02f}}, beak);
  Outline body;
  body.ellipse({0.02f, 0.15f}, 0.56f, 0.27f, -0.15f).circle({0.62f, -0.08f}, 0.24f);
  pen.fill(body, paints.main);
  pen.ellipse({0.08f, 0.25f}, 0.4f, 0.14f, lighter(paints.main, 0.35f));
  const bool up = random.chance(0.6f);
  const float reach = random.range(0.6f, 0.75f);
  Outline wing;
  if (up) {
    wing.start({0.22f, 0.1f}).curve({0.05f, -0.5f}, {-0.3f, -reach}).curve({-0.4f, -0.3f}, {-0.38f, 0.1f});
  } else {
    wing.start({0.25f, 0.05f}).curve({0.1f, 0.5f}, {-0.3f, reach}).curve({-0.42f, 0.3f}, {-0.35f, 0.02f});
  }
  pen.fill(wing.finish(), mix(paints.second, darker(paints.main, 0.35f), 0.4f));
  draw_eye(pen, {0.68f, -0.13f}, 0.06f);
}

// A lens of a body, forked tail, fins, often striped.
void draw_fish(Pen& pen, const Paints& paints, SceneRandom& random) {
  const float fat = random.range(0.36f, 0.52f), fork = random.range(0.34f, 0.5f);
  const Rgb fin = mix(paints.second, darker(paints.main, 0.2f), 0.35f);
  Outline tail, fins, body;
  tail.start({-0.42f, 0}).curve({-0.7f, -0.1f}, {-1, -fork}).curve({-0.84f, 0}, {-1, fork}).curve({-0.7f, 0.1f}, {-0.42f, 0});
  pen.fill(tail.finish(), fin);
  fins.start({-0.2f, -fat * 0.7f}).curve({0.05f, -fat - 0.3f}, {0.4f, -fat * 0.7f}).finish();
  fins.start({-0.05f, fat * 0.7f}).curve({0, fat + 0.25f}, {0.3f, fat * 0.7f}).finish();
  pen.fill(fins, fin);
  body.start({-0.62f, 0})
      .curve({-0.2f, -fat * 1.35f}, {0.6f, -fat * 1.35f}, {0.98f, 0})
      .curve({0.6f, fat * 1.35f}, {-0.2f, fat * 1.35f}, {-0.62f, 0});
  pen.fill(body.finish(), paints.main);
  const int stripes = random.below(4);
  for (int i = 0; i < stripes; ++i) {
    const float x = 0.38f - 0.27f * static_cast<float>(i), half = fat * (0.86f - 0.2f * static_cast<float>(i));
    pen.line(curve_points({{x, -half}, {x - 0.14f, 0}, {x, half}}, 8), 0.1f, paints.second);
  }
  Outline flipper;
  flipper.start({0.3f, 0.08f}).curve({0.1f, 0.02f}, {-0.02f, 0.16f}).curve({0.08f, 0.32f}, {0.3f, 0.08f});
  pen.fill(flipper.finish(), fin);
  draw_eye(pen, {0.68f, -0.09f}, 0.085f);
}

// Standing, from the side: barrel, four legs, head with muzzle and ear, tail up.
void draw_dog(Pen& pen, const Paints& paints, SceneRandom& random) {
  const Rgb coat = paints.main, far_leg = darker(coat, 0.3f), ear = random.chance(0.5f) ? darker(coat, 0.4f) : paints.second;
  const float height = random.range(0.28f, 0.42f);  // of the legs
  const float belly = 1 - height, stride = random.range(-0.1f, 0.14f);
  pen.shadow({0, 0.98f}, 0.8f, 0.07f);
  pen.line({{-0.42f, belly - 0.1f}, {-0.42f - stride, 0.96f}}, 0.12f, far_leg);
  pen.line({{0.3f, belly - 0.1f}, {0.3f + stride, 0.96f}}, 0.12f, far_leg);
  const float wag = random.range(-0.25f, 0.15f);
  pen.line(curve_points({{-0.58f, belly - 0.3f}, {-0.85f, belly - 0.35f}, {-0.88f + wag * 0.3f, belly - 0.72f + wag}}), 0.11f,
           coat);
  Outline body;
  body.line({{-0.42f, belly - 0.2f}, {0.34f, belly - 0.22f}}, 0.44f);                                             // barrel
  body.line({{0.4f, belly - 0.28f}, {0.56f, belly - 0.56f}}, 0.3f);                                               // neck
  body.ellipse({0.6f, belly - 0.66f}, 0.25f, 0.21f).line({{0.68f, belly - 0.6f}, {0.9f, belly - 0.55f}}, 0.19f);  // head, muzzle
  body.line({{-0.54f, belly - 0.15f}, {-0.56f + stride, 0.95f}}, 0.13f)
      .line({{0.42f, belly - 0.1f}, {0.44f - stride, 0.95f}}, 0.13f);
  pen.fill(body, coat);
  if (random.chance(0.4f)) pen.ellipse({-0.1f, belly - 0.26f}, 0.26f, 0.13f, paints.second);  // a patch
  Outline flap;
  if (random.chance(0.5f)) {
    flap.start({0.46f, belly - 0.84f})
        .curve({0.26f, belly - 0.7f}, {0.36f, belly - 0.4f})
        .curve({0.56f, belly - 0.5f}, {0.58f, belly - 0.8f})
        .finish();
  } else {
    flap.polygon({{0.4f, belly - 0.74f}, {0.44f, belly - 1.04f}, {0.62f, belly - 0.82f}});
  }
  pen.fill(flap, ear);
  pen.circle({0.97f, belly - 0.6f}, 0.06f, {0.07f, 0.06f, 0.06f});
  pen.circle({0.7f, belly - 0.72f}, 0.045f, {0.05f, 0.05f, 0.05f});
  pen.line({{0.42f, belly - 0.42f}, {0.54f, belly - 0.3f}}, 0.07f, paints.accent);  // collar
}

// Standing or walking, arms down or raised; trousers or a dress.
void draw_person(Pen& pen, const Paints& paints, SceneRandom& random) {
  static constexpr Rgb kSkin[] = {{0.97f, 0.82f, 0.7f}, {0.88f, 0.68f, 0.52f}, {0.7f, 0.48f, 0.33f}, {0.45f, 0.3f, 0.21f}};
  static constexpr Rgb kHair[] = {{0.12f, 0.09f, 0.08f}, {0.38f, 0.23f, 0.12f}, {0.8f, 0.62f, 0.3f}, {0.6f, 0.58f, 0.56f}};
  const Rgb skin = kSkin[random.below(4)], hair = kHair[random.below(4)];
  const float stride = random.range(0.04f, 0.2f);
  const bool dress = random.chance(0.35f);
  pen.shadow({0, 0.98f}, 0.4f, 0.06f);
  const Rgb legs = dress ? skin : paints.second;
  pen.line({{-0.08f, 0.2f}, {-0.08f - stride, 0.93f}}, 0.16f, legs);
  pen.line({{0.08f, 0.2f}, {0.08f + stride, 0.93f}}, 0.16f, darker(legs, 0.12f));
  for (const float side : {-1.0f, 1.0f}) {
    const bool raised = random.chance(0.3f);
    const Point shoulder{0.2f * side, -0.38f};
    const Point elbow = raised ? Point{0.38f * side, -0.5f} : Point{0.33f * side, -0.12f};
    const Point hand = raised ? Point{0.42f * side, -0.84f} : Point{0.34f * side + random.range(-0.06f, 0.06f), 0.16f};
    pen.line({shoulder, elbow}, 0.14f, darker(paints.main, 0.1f));
    pen.line({elbow, hand}, 0.11f, skin);
  }
  if (dress) {
    pen.polygon({{-0.22f, -0.46f}, {0.22f, -0.46f}, {0.36f, 0.48f}, {-0.36f, 0.48f}}, paints.main);
  } else {
    pen.polygon({{-0.26f, -0.46f}, {0.26f, -0.46f}, {0.2f, 0.24f}, {-0.2f, 0.24f}}, paints.main);
  }
  pen.rectangle(-0.07f, -0.56f, 0.07f, -0.44f, skin);
  Outline hair_form;
  hair_form.circle({0, -0.77f}, 0.225f);
  if (dress) hair_form.ellipse({0, -0.66f}, 0.25f, 0.26f);
  pen.fill(hair_form, hair);
  pen.ellipse({0.02f, -0.72f}, 0.17f, 0.2f, skin);
  for (const float side : {-1.0f, 1.0f}) pen.circle({0.02f + 0.07f * side, -0.74f}, 0.03f, {0.08f, 0.06f, 0.06f});
}

}  // namespace tagloom
