#pragma once
// Predicts with one linear function per tag of the mapped features: the base of the linear machines.
//   f_l = w_l . x + b_l,   scores s(f_l),  s the logistic function: above 1/2 the machine predicts the tag
#include <map>
#include <optional>

#include "models/fitting/feature_map.h"
#include "models/linear/hinge_newton.h"

namespace tagloom {

// Declares the setting linear.c of both machines.
void declare_c(SettingTable& table, std::vector<double>& c);

using TagLists = std::vector<std::vector<int32_t>>;  // the tags of each picture, in order

class LinearHead : public FittedHead {
 public:
  Predictions predict(const Var& features) override;
  int64_t tag_count() const override { return tags_; }
  void size_from(const Safetensors& file) override;

 protected:
  LinearHead(const FeatureMapOptions& map, std::vector<double> c);
  void prepare(const FitPictures& train) override;
  void adjust() override;

  // Fits W [V,D+1], b the last column, starting from `start` unless it is empty.
  virtual std::vector<Real> fit_weights(const HingeNewton& newton, const TagLists& tags, double c,
                                        const std::vector<Real>& start) = 0;

 private:
  std::vector<Real> with_ones(const Tensor& features) const;  // the mapped features with a column of ones [R,D+1]
  void set_weights(const std::vector<Real>& weights, Device device);

  int64_t tags_;
  FeatureMap map_;
  Tensor weight_, bias_;  // [V,D], [V]
  std::optional<HingeNewton> newton_;
  TagLists tags_of_;                            // of the training pictures
  std::map<double, std::vector<Real>> fitted_;  // the W of each C so far
  Device device_;
};

}  // namespace tagloom
