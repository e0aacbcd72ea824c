#pragma once
// k nearest neighbours: the training pictures that are closest vote for their tags.
//   count        score_l = sum_{j in NN_k} y_jl / k
//   exponential  score_l = sum_j exp(-d_j / mean d) y_jl / sum_j exp(-d_j / mean d),  the mean over the k
#include "models/neighbours/neighbour_head.h"

namespace tagloom {

class Knn : public NeighbourHead {
 public:
  Knn(const FeatureMapOptions& map, std::vector<double> neighbours, Vote vote, Balance balance = Balance::kNone);

 protected:
  void score(const Block& block, float* scores) override;

 private:
  Vote vote_;
};

// Makadia et al. 2008 (JEC). The tags of the nearest picture come first, by how many training pictures have them; then the tags of
// neighbours 2 .. k by  (sum over the nearest picture's tags a of pictures with both a and l) * (neighbours 2 .. k with l).
// Scores: 1/2 + 1/2 count / R for the first ones; for the others 1/2 of that product as a part of its largest possible value.
class Jec : public NeighbourHead {
 public:
  Jec(const FeatureMapOptions& map, std::vector<double> neighbours);

 protected:
  void score(const Block& block, float* scores) override;
};

}  // namespace tagloom
