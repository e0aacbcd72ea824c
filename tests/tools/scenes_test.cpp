// Pictures, tags and statistics of the built-in dataset.
#include "tools/scenes/scene.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "tests/support/expect_error.h"
#include "tools/scenes/draw/color.h"
#include "tools/scenes/settings.h"

namespace tagloom {
namespace {

std::string tags_of(const ScenePicture& picture) {
  std::string text;
  for (const TagImportance& tag : picture.tags)
    text.append(text.empty() ? "" : ",").append(kSceneTagNames[static_cast<int>(tag.tag)]);
  return text;
}

bool has(const ScenePicture& picture, SceneTag tag) {
  return std::any_of(picture.tags.begin(), picture.tags.end(), [&](const TagImportance& t) { return t.tag == tag; });
}

// The pictures for the tests that compute statistics.
const std::vector<ScenePicture>& many() {
  static const std::vector<ScenePicture> pictures = [] {
    std::vector<ScenePicture> made;
    for (int i = 0; i < 2400; ++i) made.push_back(make_scene(11, i, 48));
    return made;
  }();
  return pictures;
}

TEST(Scenes, DependOnlyOnSeedAndIndex) {
  std::vector<ScenePicture> apart(16);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&apart, t] {
      for (int i = 15 - t; i >= 0; i -= 4) apart[i] = make_scene(5, i, 40);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::vector<uint8_t>> distinct;
  for (int i = 0; i < 16; ++i) {
    const ScenePicture again = make_scene(5, i, 40);
    EXPECT_EQ(again.rgb, apart[i].rgb) << i;
    EXPECT_EQ(tags_of(again), tags_of(apart[i])) << i;
    distinct.insert(again.rgb);
    distinct.insert(make_scene(6, i, 40).rgb);
  }
  EXPECT_EQ(distinct.size(), 32u);
}

// The first pictures of seed 1. A change here changes the dataset and needs a new kScenesVersion.
TEST(Scenes, SeedOneHasNotChanged) {
  EXPECT_EQ(kScenesVersion, 1);
  EXPECT_EQ(tags_of(make_scene(1, 0, 64)), "tree,person,dog,snow,sky");
  EXPECT_EQ(tags_of(make_scene(1, 1, 64)), "flower,tree,sky,road,grass");
  EXPECT_EQ(tags_of(make_scene(1, 2, 64)), "balloon,cloud,sea,fish,sky");
  EXPECT_EQ(tags_of(make_scene(1, 3, 64)), "person,tree,flower,grass,night");
}

TEST(Scenes, RejectsSidesAndIndicesOutOfRange) {
  EXPECT_ERROR(kUsage, "16 to 1024 pixels, got 15", make_scene(1, 0, 15));
  EXPECT_ERROR(kUsage, "16 to 1024 pixels, got 1025", make_scene(1, 0, 1025));
  EXPECT_ERROR(kUsage, "got -1", make_scene(1, -1, 64));
}

// Computes the formula of importance.h directly from the masks, tag by tag.
TEST(Scenes, TagOrderMatchesBruteForce) {
  for (int index = 0; index < 120; ++index) {
    const int side = 33 + index % 5;
    const ScenePicture picture = make_scene(21, index, side);
    std::map<int, double> importance;
    for (int tag = 0; tag < kSceneTags; ++tag) {
      double whole = 0, seen = 0, away = 0;
      for (size_t i = 0; i < picture.things.size(); ++i) {
        if (static_cast<int>(picture.things[i].tag) != tag) continue;
        for (int p = 0; p < side * side; ++p) {
          double visible = picture.things[i].coverage[p];
          whole += visible;
          for (size_t j = i + 1; j < picture.things.size(); ++j) visible *= 1 - picture.things[j].coverage[p];
          const double x = p % side + 0.5 - side / 2.0, y = p / side + 0.5 - side / 2.0;
          seen += visible;
          away += visible * std::hypot(x, y) / (side / 2.0 * std::sqrt(2.0));
        }
      }
      const bool ground = tag < kSceneGrounds;
      const double area = seen / (side * side);
      if (area < (ground ? 0.04 : 0.005) || (!ground && seen / whole < 0.3)) continue;
      importance[tag] = (ground ? 0.35 : 1.0) * std::sqrt(area) * (2 - away / seen) / 2 * (1 + seen / whole) / 2;
    }
    ASSERT_EQ(picture.tags.size(), importance.size()) << index;
    ASSERT_GE(picture.tags.size(), 2u);
    ASSERT_LE(picture.tags.size(), 5u);
    for (size_t k = 0; k < picture.tags.size(); ++k) {
      const int tag = static_cast<int>(picture.tags[k].tag);
      ASSERT_TRUE(importance.contains(tag)) << index << ": " << kSceneTagNames[tag];
      EXPECT_NEAR(picture.tags[k].importance, importance[tag], 1e-5) << index << ": " << kSceneTagNames[tag];
      if (k == 0) continue;
      EXPECT_GE(importance[static_cast<int>(picture.tags[k - 1].tag)], importance[tag] - 1e-6) << index;
    }
  }
}

TEST(Scenes, MasksAreInRangeAndGroundsFillThePicture) {
  for (int index = 0; index < 60; ++index) {
    const ScenePicture picture = make_scene(2, index, 32);
    ASSERT_EQ(picture.rgb.size(), 32u * 32u * 3u);
    std::vector<float> open(32 * 32, 1.0f);
    for (const SceneThing& thing : picture.things) {
      for (int p = 0; p < 32 * 32; ++p) {
        ASSERT_GE(thing.coverage[p], 0.0f);
        ASSERT_LE(thing.coverage[p], 1.0f);
        if (is_ground(thing.tag)) open[p] *= 1 - thing.coverage[p];
      }
    }
    EXPECT_LT(*std::max_element(open.begin(), open.end()), 0.01f) << index << ": a hole between the grounds";
  }
}

TEST(Scenes, EveryTagOccursWithALongTail) {
  std::array<int, kSceneTags> counts{};
  size_t total = 0;
  for (const ScenePicture& picture : many()) {
    for (const TagImportance& tag : picture.tags) ++counts[static_cast<int>(tag.tag)];
    total += picture.tags.size();
  }
  const double n = static_cast<double>(many().size());
  for (int i = 0; i < kSceneTags; ++i) EXPECT_GT(counts[i] / n, 0.02) << kSceneTagNames[i];
  EXPECT_GT(*std::max_element(counts.begin(), counts.end()), 10 * *std::min_element(counts.begin(), counts.end()));
  EXPECT_NEAR(static_cast<double>(total) / n, 4.0, 0.3);
}

TEST(Scenes, TagsOccurTogetherAsInTheTable) {
  const auto part = [](SceneTag tag, SceneTag given) {
    int both = 0, all = 0;
    for (const ScenePicture& picture : many()) {
      if (!has(picture, given)) continue;
      ++all;
      both += has(picture, tag);
    }
    return static_cast<double>(both) / all;
  };
  const auto overall = [](SceneTag tag) {
    int count = 0;
    for (const ScenePicture& picture : many()) count += has(picture, tag);
    return count / static_cast<double>(many().size());
  };
  using enum SceneTag;
  for (const auto& [tag, with] : {std::pair{kSea, kBoat},
                                  {kSea, kFish},
                                  {kSea, kLighthouse},
                                  {kNight, kMoon},
                                  {kNight, kStars},
                                  {kRoad, kCar},
                                  {kBoat, kSea},
                                  {kMountain, kSnow},
                                  {kUmbrella, kBeach},
                                  {kFlower, kGrass}}) {
    EXPECT_GT(part(tag, with), 1.8 * overall(tag))
        << kSceneTagNames[static_cast<int>(tag)] << " given " << kSceneTagNames[static_cast<int>(with)];
  }
  EXPECT_EQ(part(kSun, kNight), 0);
  EXPECT_EQ(part(kNight, kStars), 1);
  EXPECT_LT(part(kFish, kGrass), 0.01);
}

TEST(Scenes, TheTableOfSettingsAddsUp) {
  float share = 0;
  for (const SceneSetting& setting : scene_settings()) {
    share += setting.share;
    EXPECT_LE(distinct_grounds(setting).size(), 3u) << setting.name;
    if (setting.close <= 0) continue;
    const auto below = object_weights_at(setting, false, false);
    EXPECT_GT(*std::max_element(below.begin(), below.end()), 0) << setting.name << ": nothing to show without a sky";
  }
  EXPECT_EQ(share, 100);
}

// ---- Colours alone are not enough for the task ----

using Histogram = std::array<float, 64>;  // 4 x 4 x 4 colours, as fractions of the picture

Histogram histogram_of(const ScenePicture& picture) {
  Histogram h{};
  for (size_t i = 0; i < picture.rgb.size(); i += 3) {
    h[picture.rgb[i] / 64 * 16 + picture.rgb[i + 1] / 64 * 4 + picture.rgb[i + 2] / 64] +=
        3.0f / static_cast<float>(picture.rgb.size());
  }
  return h;
}

float difference(const Histogram& a, const Histogram& b) {  // 0: the same colours, 1: none in common
  float sum = 0;
  for (int i = 0; i < 64; ++i) sum += std::fabs(a[i] - b[i]);
  return sum / 2;
}

double average_precision(std::vector<std::pair<float, bool>> scored) {
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  double sum = 0;
  int hits = 0;
  for (size_t i = 0; i < scored.size(); ++i) {
    if (scored[i].second) sum += ++hits / static_cast<double>(i + 1);
  }
  return hits > 0 ? sum / hits : 0;
}

TEST(Scenes, ColourNeighboursDoNotFindObjects) {
  constexpr int kNeighbours = 20;
  const std::vector<ScenePicture>& pictures = many();
  const size_t train = pictures.size() * 5 / 6;
  std::vector<Histogram> histograms;
  for (const ScenePicture& picture : pictures) histograms.push_back(histogram_of(picture));
  std::array<std::vector<std::pair<float, bool>>, kSceneTags> scored;
  for (size_t i = train; i < pictures.size(); ++i) {
    std::vector<std::pair<float, size_t>> nearest;
    for (size_t j = 0; j < train; ++j) nearest.push_back({difference(histograms[i], histograms[j]), j});
    std::partial_sort(nearest.begin(), nearest.begin() + kNeighbours, nearest.end());
    std::array<float, kSceneTags> score{};
    for (int k = 0; k < kNeighbours; ++k) {
      for (const TagImportance& tag : pictures[nearest[k].second].tags)
        score[static_cast<int>(tag.tag)] += 1 / (0.001f + nearest[k].first);
    }
    for (int t = 0; t < kSceneTags; ++t) scored[t].push_back({score[t], has(pictures[i], static_cast<SceneTag>(t))});
  }
  double objects = 0;
  for (int t = kSceneGrounds; t < kSceneTags; ++t) objects += average_precision(scored[t]) / kSceneObjects;
  EXPECT_LT(objects, 0.25);                                                       // guessing by frequency gives 0.10
  EXPECT_GT(average_precision(scored[static_cast<int>(SceneTag::kNight)]), 0.9);  // the method itself works
}

TEST(Scenes, SimilarColoursShowDifferentObjects) {
  const std::vector<ScenePicture>& pictures = many();
  std::vector<Histogram> histograms;
  for (const ScenePicture& picture : pictures) histograms.push_back(histogram_of(picture));
  int alike = 0, others = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (difference(histograms[i], histograms[j]) > 0.1f) continue;
      ++alike;
      others += std::none_of(pictures[i].tags.begin(), pictures[i].tags.end(),
                             [&](const TagImportance& tag) { return !is_ground(tag.tag) && has(pictures[j], tag.tag); });
    }
  }
  EXPECT_GT(alike, 100);
  EXPECT_GT(others, alike / 2);
}

// The mean colour of an object, cut out exactly, does not identify it.
TEST(Scenes, MeanColourDoesNotIdentifyObjects) {
  struct Patch {
    Rgb color;
    SceneTag tag;
  };
  std::vector<Patch> patches;
  for (const ScenePicture& picture : many()) {
    std::vector<float> open(picture.things[0].coverage.size(), 1.0f);
    for (size_t i = picture.things.size(); i-- > 0;) {
      const SceneThing& thing = picture.things[i];
      Rgb sum;
      float weight = 0;
      for (size_t p = 0; p < open.size(); ++p) {
        const float v = thing.coverage[p] * open[p];
        open[p] -= v;
        sum = sum + Rgb{picture.rgb[3 * p] / 255.0f, picture.rgb[3 * p + 1] / 255.0f, picture.rgb[3 * p + 2] / 255.0f} * v;
        weight += v;
      }
      if (!is_ground(thing.tag) && weight > 10) patches.push_back({sum * (1 / weight), thing.tag});
    }
  }
  int right = 0;
  const size_t train = patches.size() * 3 / 4;
  for (size_t i = train; i < patches.size(); ++i) {
    std::vector<std::pair<float, SceneTag>> nearest;
    for (size_t j = 0; j < train; ++j) nearest.push_back({color_distance(patches[i].color, patches[j].color), patches[j].tag});
    std::partial_sort(nearest.begin(), nearest.begin() + 15, nearest.end());
    std::map<SceneTag, int> votes;
    for (int k = 0; k < 15; ++k) ++votes[nearest[k].second];
    right += std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
               return a.second < b.second;
             })->first == patches[i].tag;
  }
  EXPECT_LT(static_cast<double>(right) / static_cast<double>(patches.size() - train), 0.22);  // nineteen kinds
}

}  // namespace
}  // namespace tagloom
