#pragma once
// One line a tag through the mapped features: what linear machines predict with, however their weights were found.
//   f_l = w_l . x + b_l,   scores s(f_l),  s the logistic function: above one half is the machine's yes
#include "models/fitting/feature_map.h"

namespace tagloom {

class LinearHead : public FittedHead {
 public:
  Predictions predict(const Var& features) override;
  int64_t tag_count() const override { return tags_; }
  void size_from(const Safetensors& file) override;

 protected:
  LinearHead(const FeatureMapOptions& map, std::vector<double> c);
  double c() const { return chosen("linear.c"); }

  // The mapped features with a column of ones [R,D+1], whose weights are the b.
  std::vector<Real> with_ones(const Tensor& features) const;
  void fit_map(const FitPictures& train);
  void set_weights(const std::vector<Real>& weights, Device device);  // [V,D+1], likewise

  int64_t tags_;

 private:
  FeatureMap map_;
  Tensor weight_, bias_;  // [V,D], [V]
};

}  // namespace tagloom
