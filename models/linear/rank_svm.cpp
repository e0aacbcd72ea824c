#include "models/linear/rank_svm.h"

namespace tagloom {
namespace {

constexpr double kRankTolerance = 1e-4;

class PairHinges : public HingeLoss {
 public:
  PairHinges(const TagLists& tags, int64_t tag_count, PreferredPairs pairs)
      : tags_(tags), rows_(static_cast<int64_t>(tags.size())), tag_count_(tag_count), pairs_(pairs) {}

  bool separable() const override { return false; }

  std::vector<double> at(const std::vector<int64_t>&, const std::vector<Real>& s, std::vector<Real>* slope,
                         std::vector<Real>* bend) const override {
    std::vector<double> of_picture(rows_, 0);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows_; ++i) {
      const std::vector<Real> si = column(s, i);
      std::vector<Real> first(tag_count_, 0), second(tag_count_, 0);
      for_pairs(i, [&](int32_t a, int32_t b) {
        const Real short_of = std::max(Real(0), 1 - (si[a] - si[b])), active = short_of > 0 ? 2 : 0;
        of_picture[i] += double{short_of} * short_of;
        first[a] -= 2 * short_of;
        first[b] += 2 * short_of;
        second[a] += active;
        second[b] += active;
      });
      if (slope != nullptr) set_column(first, i, *slope);
      if (bend != nullptr) set_column(second, i, *bend);
    }
    std::vector<double> losses(tag_count_, 0);
    for (double loss : of_picture) losses[0] += loss;
    return losses;
  }

  void curve(const std::vector<int64_t>&, const std::vector<Real>& s, std::vector<Real>& v) const override {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows_; ++i) {
      const std::vector<Real> si = column(s, i), vi = column(v, i);
      std::vector<Real> h(tag_count_, 0);
      for_pairs(i, [&](int32_t a, int32_t b) {
        const Real part = 1 - (si[a] - si[b]) > 0 ? 2 * (vi[a] - vi[b]) : 0;
        h[a] += part;
        h[b] -= part;
      });
      set_column(h, i, v);
    }
  }

 private:
  std::vector<Real> column(const std::vector<Real>& m, int64_t i) const {  // of [V,R]
    std::vector<Real> values(tag_count_);
    for (int64_t tag = 0; tag < tag_count_; ++tag) values[tag] = m[tag * rows_ + i];
    return values;
  }
  void set_column(const std::vector<Real>& values, int64_t i, std::vector<Real>& m) const {
    for (int64_t tag = 0; tag < tag_count_; ++tag) m[tag * rows_ + i] = values[tag];
  }

  // Calls pair(preferred, other) for each pair of picture i.
  template <class Pair>
  void for_pairs(int64_t i, const Pair& pair) const {
    const std::vector<int32_t>& tags = tags_[i];
    if (pairs_ != PreferredPairs::kPresentAbsent) {
      for (size_t a = 0; a < tags.size(); ++a) {
        for (size_t b = a + 1; b < tags.size(); ++b) pair(tags[a], tags[b]);
      }
    }
    if (pairs_ == PreferredPairs::kPresentOnly) return;
    std::vector<uint8_t> present(tag_count_, 0);
    for (int32_t tag : tags) present[tag] = 1;
    for (int32_t tag : tags) {
      for (int32_t other = 0; other < tag_count_; ++other) {
        if (!present[other]) pair(tag, other);
      }
    }
  }

  const TagLists& tags_;
  int64_t rows_, tag_count_;
  PreferredPairs pairs_;
};

}  // namespace

std::vector<Real> fit_rank_svm(const HingeNewton& newton, const TagLists& tags, int64_t tag_count, PreferredPairs pairs, double c,
                               const std::vector<Real>& start) {
  return newton.minimise(PairHinges(tags, tag_count, pairs), c, std::vector<double>(tag_count, kRankTolerance), start);
}

void RankSvmOptions::declare(SettingTable& table) {
  map.declare(table);
  declare_c(table, c);
  table.section("linear").choice(
      "pairs", pairs,
      "Pairs that are ranked: earlier above later tags and all of them above absent ones, only present "
      "above absent ones, or only earlier above later ones.");
}

std::unique_ptr<TaggerHead> RankSvmOptions::build(int64_t features, const TagStatistics& tags) const {
  return build_fitted<RankSvm>(*this, features, tags);
}

std::vector<Real> RankSvm::fit_weights(const HingeNewton& newton, const TagLists& tags, double c,
                                       const std::vector<Real>& start) {
  return fit_rank_svm(newton, tags, tag_count(), pairs_, c, start);
}

}  // namespace tagloom
