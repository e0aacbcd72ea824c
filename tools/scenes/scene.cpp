// Paints a plan: grounds and objects from back to front, each with its mask, then fog, lens and film.
#include "tools/scenes/scene.h"

#include "kernels/base/error.h"
#include "tools/scenes/finish.h"
#include "tools/scenes/layout.h"
#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

enum Purpose : uint64_t { kPlan, kGround, kLook, kFinish, kPurposes };

// A colour that contrasts with the background.
Paints choose_paints(Rgb behind, Rgb ambient, SceneRandom& random) {
  Paints paints;
  for (int attempt = 0; attempt < 8; ++attempt) {
    paints.main = random_paint(random);
    if (color_distance(paints.main * ambient, behind) > 0.34f) break;
  }
  for (int attempt = 0; attempt < 8; ++attempt) {
    paints.second = random_paint(random);
    if (color_distance(paints.second, paints.main) > 0.36f) break;
  }
  paints.accent = random_paint(random);
  return paints;
}

void draw_object(Canvas& canvas, const ScenePlacement& p, const Light& light, uint64_t seed, uint64_t picture) {
  const ObjectKind& kind = object_kind(p.tag);
  SceneRandom look(seed, picture, kPurposes + p.look);
  const Rgb behind = canvas.mean(p.centre.x - 0.7f * p.half * kind.width, p.centre.y + 0.7f * p.half * kind.top,
                                 p.centre.x + 0.7f * p.half * kind.width, p.centre.y + 0.7f * p.half);
  const Paints paints = choose_paints(behind, light.ambient, look);
  Pen pen(canvas, light, p.centre, p.half, p.angle, p.mirrored, look.bits());
  kind.draw(pen, paints, look);
}

}  // namespace

ScenePicture make_scene(uint64_t seed, int64_t index, int side) {
  TL_CHECK(side >= 16 && side <= 1024, "[scenes] a picture's side must be 16 to 1024 pixels, got {}", side);
  TL_CHECK(index >= 0, "[scenes] a picture's index must be at least 0, got {}", index);
  // Discards a plan whose things hide each other too much; each attempt has its own random stream.
  for (uint64_t attempt = 0;; ++attempt) {
    const uint64_t picture = random_stream(static_cast<uint64_t>(index), attempt);
    SceneRandom plan(seed, picture, kPlan), ground(seed, picture, kGround), finish(seed, picture, kFinish);
    const SceneLayout layout = make_layout(plan);
    Canvas canvas(side);
    ScenePicture result;
    result.side = side;
    for (size_t i = 0; i < layout.strips.size(); ++i) {
      draw_ground(canvas, layout.strips[i], layout.mood, layout.light, ground);
      result.things.push_back({layout.strips[i].ground, canvas.take_mask()});
      if (i > 0) continue;
      for (const ScenePlacement& p : layout.behind) {
        draw_object(canvas, p, layout.light, seed, picture);
        result.things.push_back({p.tag, canvas.take_mask()});
      }
    }
    for (const ScenePlacement& p : layout.before) {
      draw_object(canvas, p, layout.light, seed, picture);
      result.things.push_back({p.tag, canvas.take_mask()});
    }
    result.tags = rank_tags(result.things, side);
    if (result.tags.size() < kFewestSceneTags || result.tags.size() > kMostSceneTags) continue;
    finish_picture(canvas, layout, finish);
    result.rgb = to_bytes(canvas);
    return result;
  }
}

}  // namespace tagloom
