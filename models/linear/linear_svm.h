#pragma once
// One support vector machine a tag, against all other pictures (LIBLINEAR's primal Newton method, the squared hinge):
//   minimise 1/2 |w|^2 + 1/2 b^2 + C sum_i max(0, 1 - y_i (w . x_i + b))^2,   y_i = 1 where picture i carries the tag, else -1
#include "models/linear/linear_head.h"

namespace tagloom {

class LinearSvm : public LinearHead {
 public:
  LinearSvm(const FeatureMapOptions& map, std::vector<double> c);

 protected:
  void prepare(const FitPictures& train) override;
  void adjust() override;

 private:
  std::vector<Real> x_;                        // [R,D+1]
  std::vector<std::vector<int32_t>> tags_of_;  // of the training pictures
  std::vector<Real> weights_;                  // [V,D+1], where the next C starts from
  Device device_;
};

}  // namespace tagloom
