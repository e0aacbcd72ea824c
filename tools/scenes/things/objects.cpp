// The table of object kinds: the place, size and drawing function of each.
#include "tools/scenes/things/objects.h"

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr ObjectKind kKinds[kSceneObjects] = {
    // tag                    habitat             half side     width  top    tilt   most
    {SceneTag::kSun, Habitat::kHigh, 0.15f, 0.27f, 1.00f, -1.0f, 3.14f, 1, draw_sun},
    {SceneTag::kMoon, Habitat::kHigh, 0.12f, 0.24f, 0.80f, -0.8f, 0.90f, 1, draw_moon},
    {SceneTag::kStars, Habitat::kHigh, 0.30f, 0.45f, 1.00f, -1.0f, 0.30f, 1, draw_stars},
    {SceneTag::kCloud, Habitat::kHigh, 0.16f, 0.32f, 1.00f, -0.6f, 0.06f, 3, draw_cloud},
    {SceneTag::kMountain, Habitat::kSkyline, 0.24f, 0.46f, 1.00f, -0.6f, 0.00f, 2, draw_mountain},
    {SceneTag::kTree, Habitat::kLand, 0.22f, 0.40f, 0.70f, -1.0f, 0.06f, 3, draw_tree},
    {SceneTag::kHouse, Habitat::kLand, 0.20f, 0.36f, 0.95f, -0.8f, 0.03f, 2, draw_house},
    {SceneTag::kLighthouse, Habitat::kWater, 0.26f, 0.42f, 0.45f, -1.0f, 0.03f, 1, draw_lighthouse},
    {SceneTag::kCar, Habitat::kLand, 0.19f, 0.34f, 1.00f, 0.0f, 0.05f, 2, draw_car},
    {SceneTag::kBoat, Habitat::kWater, 0.18f, 0.35f, 0.95f, -0.9f, 0.10f, 2, draw_boat},
    {SceneTag::kBird, Habitat::kAir, 0.16f, 0.28f, 1.00f, -0.7f, 0.25f, 3, draw_bird},
    {SceneTag::kFish, Habitat::kDeep, 0.16f, 0.30f, 1.00f, -0.6f, 0.30f, 3, draw_fish},
    {SceneTag::kFlower, Habitat::kLand, 0.19f, 0.33f, 0.60f, -1.0f, 0.15f, 3, draw_flower},
    {SceneTag::kDog, Habitat::kLand, 0.19f, 0.32f, 1.00f, -0.6f, 0.05f, 2, draw_dog},
    {SceneTag::kPerson, Habitat::kLand, 0.21f, 0.36f, 0.45f, -1.0f, 0.05f, 2, draw_person},
    {SceneTag::kBall, Habitat::kLand, 0.12f, 0.22f, 1.00f, -1.0f, 0.00f, 2, draw_ball},
    {SceneTag::kKite, Habitat::kAir, 0.19f, 0.32f, 0.80f, -1.0f, 0.50f, 2, draw_kite},
    {SceneTag::kUmbrella, Habitat::kLand, 0.20f, 0.34f, 1.00f, -0.9f, 0.22f, 2, draw_umbrella},
    {SceneTag::kBalloon, Habitat::kAir, 0.18f, 0.33f, 0.70f, -1.0f, 0.08f, 2, draw_balloon},
};

}  // namespace

const ObjectKind& object_kind(SceneTag tag) {
  const int index = static_cast<int>(tag) - kSceneGrounds;
  TL_CHECK_AS(ErrorKind::kInternal, index >= 0 && index < kSceneObjects, "[object_kind] tag {} is not an object",
              static_cast<int>(tag));
  return kKinds[index];
}

}  // namespace tagloom
