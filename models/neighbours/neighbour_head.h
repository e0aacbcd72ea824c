#pragma once
// What every tagger by neighbours keeps: the training pictures' features, through a feature map, and their tags. Its file needs no
// other: the features stand in it as "training.features" [R,D], the tags as "training.labels" [R,V].
//
// Distances are Euclid's in the mapped space, by one matrix product for a block of pictures:
//   closeness_ij = 2 x_i . y_j - |y_j|^2,   d_ij^2 = |x_i|^2 - closeness_ij
//
// balance divides a tag's scores by what it reaches for the training pictures (none its own neighbour): its largest score there, or its
// mean score for those that carry it. Rare tags then stand beside frequent ones.
#include <cmath>

#include "models/fitting/feature_map.h"

namespace tagloom {

enum class Balance { kNone, kLargest, kMean };
template <>
inline constexpr auto kEnumNames<Balance> =
    names_of<Balance>({{Balance::kNone, "none"}, {Balance::kLargest, "largest"}, {Balance::kMean, "mean"}});

// Rows that several of them have.
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
  virtual void adjust_weights() {}  // what choices change beside the balance

  // Some pictures, and how close all training pictures are to them.
  struct Block {
    Tensor closeness;            // [B,R]
    std::vector<double> square;  // |x_i|^2, of each of the B
    int64_t first_row = -1;      // where they are training pictures B rows from this one on: none is its own neighbour
    int64_t size() const { return closeness.size(0); }
    double distance(int64_t i, Real closeness_ij) const { return std::sqrt(std::max(0.0, square[i] - double{closeness_ij})); }
  };
  // Scores [B,V] of a block; they are 0 when it is called.
  virtual void score(const Block& block, float* scores) = 0;

  // Their k nearest training pictures, the nearest first, the lower row first of equals; fewer where there are fewer: row -1.
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
  Tensor factor_;                               // Real [V], of a tag's scores; where there is a balance
  int64_t read_of_ = -1;                        // replacements() when the three below were made
  std::vector<std::vector<int32_t>> tags_of_rows_, rows_of_tags_;
  Tensor minus_square_;  // -|y_j|^2 [R]
};

}  // namespace tagloom
