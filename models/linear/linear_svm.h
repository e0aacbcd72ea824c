#pragma once
// One support vector machine a tag, against all other pictures, with the squared hinge:
//   minimise 1/2 |w|^2 + 1/2 b^2 + C sum_i max(0, 1 - y_i (w . x_i + b))^2,   y_i = 1 where picture i carries the tag, else -1
#include "models/linear/linear_head.h"

namespace tagloom {

// A tag's gradient has fallen to tolerance min(carrying, others) / R of that at W = 0: LIBLINEAR's rule. A tag that no picture carries
// gets w = 0, b = -1.
std::vector<Real> fit_linear_svm(const HingeNewton& newton, const TagLists& tags, int64_t tag_count, double c,
                                 const std::vector<Real>& start = {}, double tolerance = 1e-3);

class LinearSvm : public LinearHead {
 public:
  LinearSvm(const FeatureMapOptions& map, std::vector<double> c);

 protected:
  std::vector<Real> lines(const HingeNewton& newton, const TagLists& tags, double c, const std::vector<Real>& start) override;
};

}  // namespace tagloom
