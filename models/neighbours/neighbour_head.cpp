#include "models/neighbours/neighbour_head.h"

#include <algorithm>
#include <cmath>

#include "kernels/linear/gemm.h"
#include "kernels/lstm/top_k.h"

namespace tagloom {
namespace {

constexpr int64_t kBlockValues = int64_t{1} << 22;  // values of a block's closeness: 16 MiB

std::vector<double> squares_of_rows(const Tensor& x) {
  const std::vector<Real> values = x.to_vector();
  std::vector<double> squares(x.size(0), 0);
  for (int64_t i = 0; i < x.size(0); ++i) {
    for (int64_t d = 0; d < x.size(1); ++d) squares[i] += double{values[i * x.size(1) + d]} * values[i * x.size(1) + d];
  }
  return squares;
}

}  // namespace

void declare_k(SettingTable& table, std::vector<double>& k) {
  table.section("neighbours")
      .numbers("k", k, count_from(1), "Number of neighbours; the validation pictures choose among several values.");
}

void declare_balance(SettingTable& table, Balance& balance) {
  table.section("neighbours")
      .choice(
          "balance", balance,
          "Divisor of a tag's scores: none, its largest score over the training pictures, or its mean score over those that have "
          "it; no picture is its own neighbour.");
}

NeighbourHead::NeighbourHead(const FeatureMapOptions& map, std::vector<FitChoice> choices, Balance balance)
    : FittedHead(std::move(choices)), tags_(map.tags), map_(map), balance_(balance) {
  add("map", map_);
  add_buffer("training.features", training_features_);
  add_buffer("training.labels", training_labels_);
  if (balance == Balance::kNone) return;
  factor_ = Tensor::zeros({tags_});
  add_buffer("factor", factor_);
}

void NeighbourHead::prepare(const FitPictures& train) {
  map_.fit(train);
  training_features_ = map_(train.features).clone();
  std::vector<Real> labels(train.size() * tags_, 0);
  for (int64_t i = 0; i < train.size(); ++i) {
    for (int32_t tag : train.tags[i]) labels[i * tags_ + tag] = 1;
  }
  training_labels_ = Tensor::from(labels, {train.size(), tags_}, train.features.device());
  count_replacement();
}

void NeighbourHead::adjust() {
  adjust_weights();
  if (balance_ != Balance::kNone) set_balance();
}

void NeighbourHead::set_balance() {
  std::vector<double> reached(tags_, 0);
  for_training_blocks([&](const Block& block) {
    std::vector<float> scores(block.size() * tags_, 0);
    score(block, scores.data());
    for (int64_t i = 0; i < block.size(); ++i) {
      if (balance_ == Balance::kMean) {
        for (int32_t tag : tags_of_rows_[block.first_row + i]) {
          reached[tag] += scores[i * tags_ + tag] / static_cast<double>(rows_of_tags_[tag].size());
        }
        continue;
      }
      for (int64_t tag = 0; tag < tags_; ++tag) reached[tag] = std::max<double>(reached[tag], scores[i * tags_ + tag]);
    }
  });
  std::vector<Real> factor;
  for (double value : reached) factor.push_back(value > 0 ? static_cast<Real>(1 / value) : 0);
  factor_.write(factor.data(), factor.size());
}

void NeighbourHead::size_from(const Safetensors& file) {
  map_.size_from(file, "map");
  training_features_ = tensor_of_file(file, "training.features", {-1, map_.dimensions()});
  training_labels_ = tensor_of_file(file, "training.labels", {training_features_.size(0), tags_});
}

void NeighbourHead::read_labels() {
  TL_CHECK(training_features_.defined(), "[neighbours] there are no training pictures yet: call fit() or load a file first");
  if (labels_version_ == replacements()) return;
  const std::vector<Real> labels = training_labels_.to_vector();
  tags_of_rows_.assign(rows(), {});
  rows_of_tags_.assign(tags_, {});
  for (int64_t i = 0; i < rows(); ++i) {
    for (int64_t tag = 0; tag < tags_; ++tag) {
      if (labels[i * tags_ + tag] == 0) continue;
      tags_of_rows_[i].push_back(static_cast<int32_t>(tag));
      rows_of_tags_[tag].push_back(static_cast<int32_t>(i));
    }
  }
  std::vector<Real> minus;
  for (double square : squares_of_rows(training_features_)) minus.push_back(static_cast<Real>(-square));
  minus_square_ = Tensor::from(minus, {rows()}, training_features_.device());
  labels_version_ = replacements();
}

const std::vector<std::vector<int32_t>>& NeighbourHead::tags_of_rows() {
  read_labels();
  return tags_of_rows_;
}

const std::vector<std::vector<int32_t>>& NeighbourHead::rows_of_tags() {
  read_labels();
  return rows_of_tags_;
}

void NeighbourHead::for_blocks(const Tensor& mapped, bool training, const std::function<void(const Block&)>& work) {
  read_labels();
  const std::vector<double> square = squares_of_rows(mapped);
  std::vector<Real> doubled = mapped.to_vector();
  for (Real& value : doubled) value *= 2;
  const Tensor twice = Tensor::from(doubled, mapped.shape(), mapped.device());
  const int64_t n = mapped.size(0), step = std::max<int64_t>(1, kBlockValues / rows());
  for (int64_t begin = 0; begin < n; begin += step) {
    const int64_t end = std::min(n, begin + step);
    Block block{Tensor::empty({end - begin, rows()}, DType::kReal, mapped.device()),
                {square.begin() + begin, square.begin() + end},
                training ? begin : -1};
    TL_ON(mapped.queue(), gemm(mapped.queue(), kernels::GemmShape{end - begin, rows(), mapped.size(1), false, true},
                               twice.rows(begin, end).data(), training_features_.data(), minus_square_.data(),
                               block.closeness.data(), kernels::Into::kOverwrite));
    work(block);
  }
}

void NeighbourHead::for_training_blocks(const std::function<void(const Block&)>& work) {
  read_labels();
  for_blocks(training_features_, true, work);
}

NeighbourHead::Nearest NeighbourHead::nearest(const Block& block, int64_t k) const {
  Nearest found{.k = std::min(k, block.first_row >= 0 ? rows() - 1 : rows()), .row = {}, .distance = {}};
  Tensor excluded;
  if (block.first_row >= 0) {
    std::vector<uint8_t> self(block.size() * rows(), 0);
    for (int64_t i = 0; i < block.size(); ++i) self[i * rows() + block.first_row + i] = 1;
    excluded = Tensor::from(self, {block.size(), rows()}, block.closeness.device());
  }
  const Tensor row = Tensor::empty({block.size(), found.k}, DType::kInt32, block.closeness.device());
  const Tensor value = Tensor::empty({block.size(), found.k}, DType::kReal, block.closeness.device());
  TL_ON(row.queue(), top_k(row.queue(), kernels::TopKShape{block.size(), rows(), found.k}, block.closeness.data(),
                           excluded.defined() ? excluded.data<uint8_t>() : nullptr, row.data<int32_t>(), value.data()));
  found.row = row.to_vector<int32_t>();
  const std::vector<Real> closeness = value.to_vector();
  found.distance.resize(closeness.size());
  for (size_t at = 0; at < closeness.size(); ++at) found.distance[at] = block.distance(at / found.k, closeness[at]);
  return found;
}

Predictions NeighbourHead::predict(const Var& features) {
  Predictions predictions{.tag_count = tags_, .scores = {}, .first_step_scores = {}, .ranking = {}};
  predictions.scores.assign(features.size(0) * tags_, 0);
  float* at = predictions.scores.data();
  const std::vector<Real> factor = balance_ == Balance::kNone ? std::vector<Real>() : factor_.to_vector();
  for_blocks(map_(features.value()), false, [&](const Block& block) {
    score(block, at);
    for (int64_t j = 0; j < block.size() * tags_ && !factor.empty(); ++j) at[j] *= factor[j % tags_];
    at += block.size() * tags_;
  });
  return predictions;
}

}  // namespace tagloom
