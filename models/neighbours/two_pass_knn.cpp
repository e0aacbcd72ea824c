#include "models/neighbours/two_pass_knn.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tagloom {

void TwoPassKnnOptions::declare(SettingTable& table) {
  map.declare(table);
  SettingRows neighbours = table.section("neighbours");
  neighbours.numbers(
      "per_tag", per_tag, count_from(1),
      "Nearest pictures per tag that form the neighbourhood; the validation pictures choose among several values.");
  neighbours.numbers("sharpness", sharpness, above(0),
                     "How fast a vote falls with the distance; the validation pictures choose among several values.");
  declare_balance(table, balance);
}

std::unique_ptr<TaggerHead> TwoPassKnnOptions::build(int64_t features, const TagStatistics& tags) const {
  return build_fitted<TwoPassKnn>(*this, features, tags);
}

TwoPassKnn::TwoPassKnn(const TwoPassKnnOptions& options)
    : NeighbourHead(options.map, {{"neighbours.per_tag", options.per_tag}, {"neighbours.sharpness", options.sharpness}},
                    options.balance) {}

void TwoPassKnn::score(const Block& block, float* scores) {
  const auto& tags_of = tags_of_rows();
  const auto& rows_of = rows_of_tags();
  const size_t per_tag = static_cast<size_t>(chosen_count("neighbours.per_tag"));
  const double sharpness = chosen("neighbours.sharpness");
  const std::vector<Real> closeness = block.closeness.to_vector();
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < block.size(); ++i) {
    const Real* const close = closeness.data() + i * rows();
    std::vector<uint8_t> in_union(rows(), 0);
    std::vector<int32_t> candidates, neighbourhood;
    for (const std::vector<int32_t>& carriers : rows_of) {
      candidates = carriers;
      if (block.first_row >= 0) std::erase(candidates, static_cast<int32_t>(block.first_row + i));
      const size_t take = std::min(per_tag, candidates.size());
      std::partial_sort(candidates.begin(), candidates.begin() + take, candidates.end(),
                        [&](int32_t a, int32_t b) { return close[a] != close[b] ? close[a] > close[b] : a < b; });
      for (size_t j = 0; j < take; ++j) {
        if (!in_union[candidates[j]]) neighbourhood.push_back(candidates[j]);
        in_union[candidates[j]] = 1;
      }
    }
    double least = std::numeric_limits<double>::infinity(), mean = 0;
    std::vector<double> distance;
    for (int32_t row : neighbourhood) {
      distance.push_back(block.distance(i, close[row]));
      least = std::min(least, distance.back());
      mean += distance.back() / static_cast<double>(neighbourhood.size());
    }
    std::vector<double> votes(tags_, 0);
    double all = 0;
    for (size_t j = 0; j < neighbourhood.size(); ++j) {
      const double weight = std::exp(mean > 0 ? -sharpness * (distance[j] - least) / mean : 0.0);
      for (int32_t tag : tags_of[neighbourhood[j]]) {
        votes[tag] += weight;
        all += weight;
      }
    }
    for (int64_t tag = 0; tag < tags_ && all > 0; ++tag) scores[i * tags_ + tag] = static_cast<float>(votes[tag] / all);
  }
}

}  // namespace tagloom
