#pragma once
// 2PKNN (Verma and Jawahar 2012), without its metric learning. First pass: of every tag the per_tag nearest training pictures that
// carry it; their union is the picture's neighbourhood, in which rare tags stand beside frequent ones. Second pass, over it:
//   d'_j = (d_j - min d) / mean d,   s_l = sum_j exp(-sharpness d'_j) y_jl,   scores = s / sum_l s_l
#include "models/neighbours/neighbour_head.h"

namespace tagloom {

class TwoPassKnn : public NeighbourHead {
 public:
  TwoPassKnn(const FeatureMapOptions& map, std::vector<double> per_tag, std::vector<double> sharpness,
             Balance balance = Balance::kNone);

 protected:
  void score(const Block& block, float* scores) override;
};

}  // namespace tagloom
