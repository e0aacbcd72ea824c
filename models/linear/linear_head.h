#pragma once
// One line a tag through the mapped features: what linear machines predict with, however their weights were found.
//   f_l = w_l . x + b_l,   scores s(f_l),  s the logistic function: above one half is the machine's yes
#include <map>
#include <optional>

#include "models/fitting/feature_map.h"
#include "models/linear/hinge_newton.h"

namespace tagloom {

// The row linear.c of both machines.
void declare_c(SettingTable& table, std::vector<double>& c);

using TagLists = std::vector<std::vector<int32_t>>;  // of pictures, in their order

class LinearHead : public FittedHead {
 public:
  Predictions predict(const Var& features) override;
  int64_t tag_count() const override { return tags_; }
  void size_from(const Safetensors& file) override;

 protected:
  LinearHead(const FeatureMapOptions& map, std::vector<double> c);
  void prepare(const FitPictures& train) override;
  void adjust() override;

  // W [V,D+1], b the last column, from `start` where that is not empty.
  virtual std::vector<Real> lines(const HingeNewton& newton, const TagLists& tags, double c, const std::vector<Real>& start) = 0;

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
