#include "models/decoding/step_path.h"

#include <algorithm>
#include <numeric>

#include "kernels/base/error.h"

namespace tagloom {

PathStep path_step(std::span<const float> p, int64_t competing, int32_t chosen) {
  std::vector<int32_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  const auto kept = order.begin() + std::min<int64_t>(competing, static_cast<int64_t>(p.size()));
  std::partial_sort(order.begin(), kept, order.end(), [p](int32_t a, int32_t b) { return p[a] != p[b] ? p[a] > p[b] : a < b; });
  PathStep step;
  for (auto tag = order.begin(); tag != kept; ++tag) step.competing.push_back({*tag, p[*tag]});
  if (chosen >= 0) step.chosen = {chosen, p[chosen]};
  return step;
}

std::vector<StepPath> step_paths(std::span<const float> p, std::span<const int32_t> chosen, int64_t steps, int64_t pictures,
                                 int64_t competing) {
  const auto rows = static_cast<int64_t>(chosen.size());
  TL_CHECK(rows == steps * pictures && (rows == 0 || p.size() % chosen.size() == 0),
           "[step_path] {} probabilities and {} chosen tags for {} steps of {} pictures", p.size(), rows, steps, pictures);
  std::vector<StepPath> paths(pictures);
  const int64_t classes = rows == 0 ? 0 : static_cast<int64_t>(p.size()) / rows;
  for (int64_t row = 0; row < rows; ++row) {
    paths[row % pictures].push_back(path_step(p.subspan(row * classes, classes), competing, chosen[row]));
  }
  return paths;
}

}  // namespace tagloom
