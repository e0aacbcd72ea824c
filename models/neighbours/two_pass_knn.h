#pragma once
// 2PKNN (Verma and Jawahar 2012), without its metric learning. First pass: the per_tag nearest training pictures of every tag;
// their union is the picture's neighbourhood, which includes rare tags as well as frequent ones. Second pass, over the
// neighbourhood:
//   d'_j = (d_j - min d) / mean d,   s_l = sum_j exp(-sharpness d'_j) y_jl,   scores = s / sum_l s_l
#include "models/neighbours/neighbour_head.h"

namespace tagloom {

struct TwoPassKnnOptions {
  static constexpr const char* kKind = "two_pass_knn";
  static constexpr const char* kAbout = "2PKNN (Verma and Jawahar 2012)";
  static constexpr bool kFitted = true, kOrdered = false;

  FeatureMapOptions map;
  std::vector<double> per_tag = {1, 2, 4, 8, 16};
  std::vector<double> sharpness = {1, 2, 4, 8, 16, 32};
  Balance balance = Balance::kNone;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const { check_fitted(run); }
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class TwoPassKnn : public NeighbourHead {
 public:
  explicit TwoPassKnn(const TwoPassKnnOptions& options);

 protected:
  void score(const Block& block, float* scores) override;
};

}  // namespace tagloom
