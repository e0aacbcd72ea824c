#include "models/decoding/label_alignment.h"

#include <algorithm>
#include <cmath>

#include "kernels/base/error.h"
#include "models/decoding/assignment.h"

namespace tagloom {
namespace {

constexpr double kLeast = 1e-30;  // keeps the cost of a probability that underflowed to 0 finite

}  // namespace

std::vector<int32_t> align_tags(Alignment alignment, std::span<const float> p, int64_t classes, std::span<const int32_t> tags) {
  const auto n = static_cast<int64_t>(tags.size());
  TL_CHECK(alignment != Alignment::kNone && static_cast<int64_t>(p.size()) >= n * classes,
           "[alignment] {} tags on {} probabilities of {} classes: needs mla or pla and a step for every tag", n, p.size(),
           classes);
  std::vector<int32_t> target(n, -1), left(tags.begin(), tags.end());
  if (alignment == Alignment::kPla) {
    for (int64_t t = 0; t < n; ++t) {
      const std::span<const float> row = p.subspan(t * classes, classes);
      const auto winner = static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
      const auto found = std::find(left.begin(), left.end(), winner);
      if (found == left.end()) continue;  // wrong, END, or assigned already
      target[t] = winner;
      left.erase(found);
    }
  }
  std::vector<int64_t> steps;
  for (int64_t t = 0; t < n; ++t) {
    if (target[t] < 0) steps.push_back(t);
  }
  const auto open = static_cast<int64_t>(steps.size());
  std::vector<double> cost(open * open);
  for (int64_t i = 0; i < open; ++i) {
    for (int64_t k = 0; k < open; ++k) cost[i * open + k] = -std::log(std::max<double>(p[steps[i] * classes + left[k]], kLeast));
  }
  const std::vector<int64_t> tag_of = cheapest_assignment(cost, open, open);
  for (int64_t i = 0; i < open; ++i) target[steps[i]] = left[tag_of[i]];
  return target;
}

}  // namespace tagloom
