#pragma once
// The tags of the scenes. A tag's number is its line in words.txt, counted from zero.
#include <array>

namespace tagloom {

enum class SceneTag : int {
  // Grounds: regions of the picture.
  kSky,
  kNight,
  kSea,
  kBeach,
  kGrass,
  kForest,
  kSnow,
  kRoad,
  kCity,
  // Objects.
  kSun,
  kMoon,
  kStars,
  kCloud,
  kMountain,
  kTree,
  kHouse,
  kLighthouse,
  kCar,
  kBoat,
  kBird,
  kFish,
  kFlower,
  kDog,
  kPerson,
  kBall,
  kKite,
  kUmbrella,
  kBalloon,
};

inline constexpr int kSceneTags = 28;
inline constexpr int kSceneGrounds = 9;
inline constexpr int kSceneObjects = kSceneTags - kSceneGrounds;

inline constexpr std::array<const char*, kSceneTags> kSceneTagNames = {
    "sky",  "night",  "sea",   "beach",    "grass", "forest", "snow",       "road",   "city", "sun",
    "moon", "stars",  "cloud", "mountain", "tree",  "house",  "lighthouse", "car",    "boat", "bird",
    "fish", "flower", "dog",   "person",   "ball",  "kite",   "umbrella",   "balloon"};

inline constexpr int kFewestSceneTags = 2, kMostSceneTags = 5;  // of one picture

inline constexpr bool is_ground(SceneTag tag) { return static_cast<int>(tag) < kSceneGrounds; }

}  // namespace tagloom
