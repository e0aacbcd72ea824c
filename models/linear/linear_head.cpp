#include "models/linear/linear_head.h"

#include <cmath>

#include "kernels/linear/gemm.h"

namespace tagloom {

void declare_c(SettingTable& table, std::vector<double>& c) {
  table.section("linear").numbers(
      "c", c, above(0), "Weight of the loss against the regulariser; the validation pictures choose among several values.");
}

LinearHead::LinearHead(const FeatureMapOptions& map, std::vector<double> c)
    : FittedHead({{"linear.c", std::move(c)}}), tags_(map.tags), map_(map) {
  add("map", map_);
  add_buffer("output.weight", weight_);
  add_buffer("output.bias", bias_);
}

void LinearHead::size_from(const Safetensors& file) {
  map_.size_from(file, "map");
  weight_ = Tensor::zeros({tags_, map_.dimensions()});
  bias_ = Tensor::zeros({tags_});
}

void LinearHead::prepare(const FitPictures& train) {
  map_.fit(train);
  const std::vector<Real> x = with_ones(train.features);
  newton_.emplace(x, static_cast<int64_t>(x.size()) / train.size(), tags_);
  tags_of_ = train.tags;
  fitted_.clear();
  device_ = train.features.device();
}

void LinearHead::adjust() {
  const double c = chosen("linear.c");
  const auto [at, is_new] = fitted_.try_emplace(c);
  if (is_new)
    at->second = fit_weights(*newton_, tags_of_, c, at == fitted_.begin() ? std::vector<Real>() : std::prev(at)->second);
  set_weights(at->second, device_);
}

std::vector<Real> LinearHead::with_ones(const Tensor& features) const {
  const Tensor mapped = map_(features);
  const std::vector<Real> x = mapped.to_vector();
  const int64_t n = mapped.size(0), d = mapped.size(1);
  std::vector<Real> wide(n * (d + 1), 1);
  for (int64_t i = 0; i < n; ++i) std::copy_n(x.begin() + i * d, d, wide.begin() + i * (d + 1));
  return wide;
}

void LinearHead::set_weights(const std::vector<Real>& weights, Device device) {
  const int64_t d = map_.dimensions();
  std::vector<Real> weight, bias;
  for (int64_t tag = 0; tag < tags_; ++tag) {
    const Real* const w = weights.data() + tag * (d + 1);
    weight.insert(weight.end(), w, w + d);
    bias.push_back(w[d]);
  }
  weight_ = Tensor::from(weight, {tags_, d}, device);
  bias_ = Tensor::from(bias, {tags_}, device);
}

Predictions LinearHead::predict(const Var& features) {
  TL_CHECK(weight_.defined(), "[linear] there are no weights yet: call fit() or load a file first");
  const Tensor x = map_(features.value());
  const Tensor f = Tensor::empty({x.size(0), tags_}, DType::kReal, x.device());
  TL_ON(x.queue(), gemm(x.queue(), kernels::GemmShape{x.size(0), tags_, x.size(1), false, true}, x.data(), weight_.data(),
                        bias_.data(), f.data(), kernels::Into::kOverwrite));
  Predictions predictions{.tag_count = tags_, .scores = {}, .first_step_scores = {}, .ranking = {}};
  for (Real margin : f.to_vector()) predictions.scores.push_back(static_cast<float>(1 / (1 + std::exp(-margin))));
  return predictions;
}

}  // namespace tagloom
