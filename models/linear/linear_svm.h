#pragma once
// One support vector machine per tag, against all other pictures, with the squared hinge:
//   minimise 1/2 |w|^2 + 1/2 b^2 + C sum_i max(0, 1 - y_i (w . x_i + b))^2,   y_i = 1 if picture i has the tag, else -1
#include "models/linear/linear_head.h"

namespace tagloom {

// A tag has converged when the norm of its gradient is tolerance min(positives, negatives) / R times that at W = 0: LIBLINEAR's
// rule. A tag that no picture has gets w = 0, b = -1.
std::vector<Real> fit_linear_svm(const HingeNewton& newton, const TagLists& tags, int64_t tag_count, double c,
                                 const std::vector<Real>& start = {}, double tolerance = 1e-3);

struct LinearSvmOptions {
  static constexpr const char* kKind = "linear_svm";
  static constexpr const char* kAbout = "one machine per tag";
  static constexpr bool kFitted = true, kOrdered = false;

  FeatureMapOptions map;
  std::vector<double> c = {1e-3, 1e-2, 1e-1, 1, 10, 100};

  void declare(SettingTable& table);
  Automatic automatic() const { return {}; }
  void check(const Sections& run) const { check_fitted(run); }
  std::unique_ptr<TaggerHead> build(int64_t features, const TagStatistics& tags) const;
};

class LinearSvm : public LinearHead {
 public:
  explicit LinearSvm(const LinearSvmOptions& options) : LinearHead(options.map, options.c) {}

 protected:
  std::vector<Real> fit_weights(const HingeNewton& newton, const TagLists& tags, double c,
                                const std::vector<Real>& start) override;
};

}  // namespace tagloom
