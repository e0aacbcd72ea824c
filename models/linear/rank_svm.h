#pragma once
// SVM-rank (Joachims 2002) for tags, with weights of its own for each tag and the squared hinge:
//   minimise 1/2 |W|^2 + C sum_i sum_{(p,n) of picture i} max(0, 1 - (s_ip - s_in))^2,   s_il = w_l . x_i + b_l,  b in W too
// The pairs of a picture: an earlier and a later tag, a present and an absent one, or both kinds (linear.pairs).
//
// Newton's method: conjugate gradients on the generalised Hessian, whose products are two matrix products each, and Armijo's rule.
#include "models/linear/linear_head.h"

namespace tagloom {

struct RankSvmProblem {
  int64_t columns = 0, tag_count = 0;      // D+1, V
  std::vector<Real> x;                     // [R,D+1]
  std::vector<std::vector<int32_t>> tags;  // [R], in their order
  PreferredPairs pairs = PreferredPairs::kAll;
  double c = 1;
};

// W [V,D+1], from `start` where that is not empty. The norm of the gradient has fallen to 1e-4 of that at W = 0.
std::vector<Real> fit_rank_svm(const RankSvmProblem& problem, const std::vector<Real>& start = {});

class RankSvm : public LinearHead {
 public:
  RankSvm(const FeatureMapOptions& map, std::vector<double> c, PreferredPairs pairs);

 protected:
  void prepare(const FitPictures& train) override;
  void adjust() override;

 private:
  RankSvmProblem problem_;
  std::vector<Real> weights_;
  Device device_;
};

}  // namespace tagloom
