// Ranks the tags in one pass over the things, from front to back.
#include "tools/scenes/importance.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tagloom {

std::vector<TagImportance> rank_tags(const std::vector<SceneThing>& things, int side) {
  struct Sums {
    double whole = 0, seen = 0, far = 0;
  };
  std::array<Sums, kSceneTags> sums;
  const size_t pixels = static_cast<size_t>(side) * side;
  std::vector<float> distance(pixels), open(pixels, 1.0f);
  const float middle = static_cast<float>(side) / 2, corner = middle * std::sqrt(2.0f);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const float dx = static_cast<float>(x) + 0.5f - middle, dy = static_cast<float>(y) + 0.5f - middle;
      distance[y * side + x] = std::sqrt(dx * dx + dy * dy) / corner;
    }
  }
  for (auto thing = things.rbegin(); thing != things.rend(); ++thing) {
    Sums& sum = sums[static_cast<int>(thing->tag)];
    for (size_t p = 0; p < pixels; ++p) {
      const float a = thing->coverage[p];
      if (a <= 0) continue;
      const float v = a * open[p];
      sum.whole += a;
      sum.seen += v;
      sum.far += v * distance[p];
      open[p] *= 1 - a;
    }
  }
  std::vector<TagImportance> ranked;
  for (int i = 0; i < kSceneTags; ++i) {
    const Sums& sum = sums[i];
    if (sum.seen <= 0) continue;
    const SceneTag tag = static_cast<SceneTag>(i);
    const double seen = sum.seen / static_cast<double>(pixels), centrality = 1 - sum.far / sum.seen,
                 openness = sum.seen / sum.whole;
    const bool ground = is_ground(tag);
    if (seen < (ground ? kGroundSeen : kObjectSeen) || (!ground && openness < kObjectOpen)) continue;
    const double weight = ground ? kGroundWeight : 1;
    const double importance = weight * std::sqrt(seen) * (1 + centrality) / 2 * (1 + openness) / 2;
    ranked.push_back({tag, static_cast<float>(seen), static_cast<float>(centrality), static_cast<float>(openness),
                      static_cast<float>(importance)});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const TagImportance& a, const TagImportance& b) { return a.importance > b.importance; });
  return ranked;
}

}  // namespace tagloom
