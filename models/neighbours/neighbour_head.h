#pragma once
// The base of all nearest-neighbour taggers: it stores the mapped features of the training pictures and their tags. Its file is
// self-contained, with the features as "training.features" [R,D] and the tags as "training.labels" [R,V].
//
// Distances are Euclidean in the mapped space, computed by one matrix product per block of pictures:
//   closeness_ij = 2 x_i . y_j - |y_j|^2,   d_ij^2 = |x_i|^2 - closeness_ij
//
// balance divides a tag's scores by its largest score over the training pictures (none of which is its own neighbour), or by its
// mean score over those that have it, so rare tags can compete with frequent ones.
#include <cmath>

#include "models/fitting/feature_map.h"

namespace tagloom {

enum class Balance { kNone, kLargest, kMean };
template <>
inline constexpr auto kEnumNames<Balance> =
    names_of<Balance>({{Balance::kNone, "none"}, {Balance::kLargest, "largest"}, {Balance::kMean, "mean"}});

// Declare settings that several kinds share.
void declare_k(SettingTable& table, std::vector<double>& k);
void declare_balance(SettingTable& table, Balance& balance);

class NeighbourHead : public FittedHead {
 public:
  Predictions predict(const Var& features) override;
  int64_t tag_count() const override { return tags_; }
  void size_from(const Safetensors& file) override;

 protected:
  NeighbourHead(const FeatureMapOptions& map, std::vector<FitChoice> choices, Balance balance = Balance::kNone);
  void prepare(const FitPictures& train) override;
  void adjust() final;
  virtual void adjust_weights() {}  // what choices affect besides the balance

  // A block of pictures and the closeness of all training pictures to each.
  struct Block {
    Tensor closeness;            // [B,R]
    std::vector<double> square;  // |x_i|^2, of each of the B
    int64_t first_row = -1;      // if at least 0, they are training pictures from this row on: none is its own neighbour
    int64_t size() const { return closeness.size(0); }
    double distance(int64_t i, Real closeness_ij) const { return std::sqrt(std::max(0.0, square[i] - double{closeness_ij})); }
  };
  // Writes the scores [B,V] of a block, which are 0 at first.
  virtual void score(const Block& block, float* scores) = 0;

  // The nearest training pictures, nearest first; ties: the lower row first. k is smaller than requested if there are fewer.
  struct Nearest {
    int64_t k = 0;
    std::vector<int32_t> row;      // [B,k]
    std::vector<double> distance;  // [B,k]
  };
  Nearest nearest(const Block& block, int64_t k) const;

  // The training pictures themselves, block by block.
  void for_training_blocks(const std::function<void(const Block&)>& work);

  int64_t rows() const { return training_features_.size(0); }
  const std::vector<std::vector<int32_t>>& tags_of_rows();  // sorted
  const std::vector<std::vector<int32_t>>& rows_of_tags();  // sorted
  int64_t tags_;

 private:
  void for_blocks(const Tensor& mapped, bool training, const std::function<void(const Block&)>& work);
  void read_labels();

  void set_balance();

  FeatureMap map_;
  Balance balance_;
  Tensor training_features_, training_labels_;  // Real [R,D], [R,V]
  Tensor factor_;                               // Real [V], factors on the scores of tags; unless Balance::kNone
  int64_t labels_version_ = -1;                 // replacements() when the three members below were made
  std::vector<std::vector<int32_t>> tags_of_rows_, rows_of_tags_;
  Tensor minus_square_;  // -|y_j|^2 [R]
};

}  // namespace tagloom
