#include "models/neighbours/knn.h"

#include <cmath>

namespace tagloom {

void KnnOptions::declare(SettingTable& table) {
  map.declare(table);
  declare_k(table, k);
  table.section("neighbours").choice("vote", vote, "Weights of the neighbours: equal, or exp(-distance / mean distance).");
  declare_balance(table, balance);
}

std::unique_ptr<TaggerHead> KnnOptions::build(int64_t features, const TagStatistics& tags) const {
  return build_fitted<Knn>(*this, features, tags);
}

Knn::Knn(const KnnOptions& options)
    : NeighbourHead(options.map, {{"neighbours.k", options.k}}, options.balance), vote_(options.vote) {}

void Knn::score(const Block& block, float* scores) {
  const auto& tags_of = tags_of_rows();
  const Nearest found = nearest(block, chosen_count("neighbours.k"));
  for (int64_t i = 0; i < block.size(); ++i) {
    const int32_t* const row = found.row.data() + i * found.k;
    const double* const distance = found.distance.data() + i * found.k;
    std::vector<double> votes(tags_, 0);
    double mean = 0, all = 0;
    for (int64_t j = 0; j < found.k; ++j) mean += distance[j] / static_cast<double>(found.k);
    for (int64_t j = 0; j < found.k; ++j) {
      const double weight = vote_ == Vote::kCount || mean == 0 ? 1.0 : std::exp(-distance[j] / mean);
      all += weight;
      for (int32_t tag : tags_of[row[j]]) votes[tag] += weight;
    }
    for (int64_t tag = 0; tag < tags_; ++tag) scores[i * tags_ + tag] = static_cast<float>(votes[tag] / all);
  }
}

void JecOptions::declare(SettingTable& table) {
  map.declare(table);
  declare_k(table, k);
}

std::unique_ptr<TaggerHead> JecOptions::build(int64_t features, const TagStatistics& tags) const {
  return build_fitted<Jec>(*this, features, tags);
}

Jec::Jec(const JecOptions& options) : NeighbourHead(options.map, {{"neighbours.k", options.k}}) {}

void Jec::score(const Block& block, float* scores) {
  const auto& tags_of = tags_of_rows();
  const auto& rows_of = rows_of_tags();
  const Nearest found = nearest(block, chosen_count("neighbours.k"));
  const double pictures = static_cast<double>(rows());
  for (int64_t i = 0; i < block.size(); ++i) {
    const int32_t* const row = found.row.data() + i * found.k;
    float* const out = scores + i * tags_;
    const std::vector<int32_t>& first = tags_of[row[0]];
    std::vector<double> together(tags_, 0), local(tags_, 0);
    double most = 0;  // of `together`
    for (int32_t a : first) {
      most += static_cast<double>(rows_of[a].size());
      for (int32_t other : rows_of[a]) {
        for (int32_t tag : tags_of[other]) together[tag] += 1;
      }
    }
    for (int64_t j = 1; j < found.k; ++j) {
      for (int32_t tag : tags_of[row[j]]) local[tag] += 1;
    }
    if (most > 0 && found.k > 1) {
      for (int64_t tag = 0; tag < tags_; ++tag) {
        out[tag] = static_cast<float>(0.5 * (together[tag] / most) * (local[tag] / static_cast<double>(found.k - 1)));
      }
    }
    for (int32_t tag : first) out[tag] = static_cast<float>(0.5 + 0.5 * static_cast<double>(rows_of[tag].size()) / pictures);
  }
}

}  // namespace tagloom
