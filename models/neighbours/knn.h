#pragma once
// k nearest neighbours (the closest training pictures vote for their tags), and JEC.
//   count        score_l = sum_{j in NN_k} y_jl / k
//   exponential  score_l = sum_j exp(-d_j / mean d) y_jl / sum_j exp(-d_j / mean d),  the mean over the k
#include "models/neighbours/neighbour_head.h"

namespace tagloom {

enum class Vote { kCount, kExponential };
template <>
inline constexpr auto kEnumNames<Vote> = names_of<Vote>({{Vote::kCount, "count"}, {Vote::kExponential, "exponential"}});

struct KnnOptions {
  static constexpr const char* kKind = "knn";
  static constexpr const char* kAbout = "neighbours that vote";
  static constexpr bool kFitted = true, kOrdered = false;

  FeatureMapOptions map;
  std::vector<double> k = {10, 20, 50, 100, 200};
  Vote vote = Vote::kCount;
  Balance balance = Balance::kNone;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const { check_fitted(run); }
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class Knn : public NeighbourHead {
 public:
  explicit Knn(const KnnOptions& options);

 protected:
  void score(const Block& block, float* scores) override;

 private:
  Vote vote_;
};

// Makadia et al. 2008 (JEC). The tags of the nearest picture come first, by how many training pictures have them; then the tags of
// neighbours 2 .. k by  (sum over the nearest picture's tags a of pictures with both a and l) * (neighbours 2 .. k with l).
// Scores: 1/2 + 1/2 count / R for the first ones; for the others 1/2 of that product as a fraction of its largest possible value.
struct JecOptions {
  static constexpr const char* kKind = "jec";
  static constexpr const char* kAbout = "label transfer (Makadia et al. 2008)";
  static constexpr bool kFitted = true, kOrdered = false;

  FeatureMapOptions map;
  std::vector<double> k = {10, 20, 50, 100, 200};

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const { check_fitted(run); }
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class Jec : public NeighbourHead {
 public:
  explicit Jec(const JecOptions& options);

 protected:
  void score(const Block& block, float* scores) override;
};

}  // namespace tagloom
