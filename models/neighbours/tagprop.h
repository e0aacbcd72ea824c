#pragma once
// TagProp (Guillaumin et al. 2009) with one distance, and its sigma variant. Neighbours j of picture i have weights
//   pi_ij = exp(-lambda d_ij) / sum_j' exp(-lambda d_ij'),   x_il = e + (1 - 2e) sum_j pi_ij y_jl,   e = 1e-3
//   p_il = x_il, or with sigmoid  s(slope_l x_il + offset_l)
// lambda >= 0 and the logistic functions maximise L = sum_il w_il log p(y_il), w_il = 1/n+ if picture i has l, else 1/n- (n+, n-:
// the numbers of such pairs), over the training pictures, none of which is its own neighbour: lambda by regula falsi on the slope
// and the logistic functions by Newton's method, in turn. A ridge of 1e-4 keeps tags bounded that the training pictures separate.
#include <span>

#include "models/fitting/logistic.h"
#include "models/neighbours/neighbour_head.h"

namespace tagloom {

// The training pictures' neighbourhoods, and the likelihood above as a function of lambda.
struct TagPropProblem {
  int64_t neighbours = 0, tag_count = 0;   // K, V
  std::vector<double> distance;            // [R,K]
  std::vector<int32_t> row;                // [R,K], the training picture of each neighbour
  std::vector<std::vector<int32_t>> tags;  // [R]

  static constexpr double kEpsilon = 1e-3;
  int64_t pictures() const { return static_cast<int64_t>(tags.size()); }
  std::vector<double> votes(double lambda) const;  // x [R,V]
  // L, and its derivative by lambda if `derivative` is not null. curves [V], or empty for p = x.
  double likelihood(double lambda, std::span<const LogisticCurve> curves, double* derivative = nullptr) const;
};

struct TagPropFit {
  double lambda = 0;
  std::vector<LogisticCurve> curves;  // empty without sigmoid
  double likelihood = 0;
};
TagPropFit fit_tagprop(const TagPropProblem& problem, bool sigmoid);

struct TagPropOptions {
  static constexpr const char* kKind = "tagprop";
  static constexpr const char* kAbout = "weighted neighbours (Guillaumin et al. 2009)";
  static constexpr bool kFitted = true, kOrdered = false;

  FeatureMapOptions map;
  std::vector<double> k = {10, 20, 50, 100, 200};
  bool sigmoid = true;

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const { check_fitted(run); }
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class TagProp : public NeighbourHead {
 public:
  explicit TagProp(const TagPropOptions& options);

 protected:
  void adjust_weights() override;
  void score(const Block& block, float* scores) override;

 private:
  bool sigmoid_;
  Tensor lambda_;          // Real [1]
  Tensor slope_, offset_;  // Real [V]; only with sigmoid
};

}  // namespace tagloom
