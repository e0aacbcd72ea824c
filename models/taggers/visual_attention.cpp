#include "models/taggers/visual_attention.h"

#include <cmath>

#include "engine/nn/init.h"

namespace tagloom {

VisualAttention::VisualAttention(const VisualAttentionOptions& options)
    : options_(options),
      value_(options.channels, options.values),
      key_(options.values, options.width),
      query_(options.hidden, options.width, false),
      gate_(options.hidden, options.values) {
  add("value", value_);
  if (options.norm) {
    norm_.emplace(options.values);
    add("norm", *norm_);
  }
  add("key", key_);
  add("query", query_);
  score_.allocate({options.width});
  add("score.weight", score_);
  add("gate", gate_);
}

void VisualAttention::reset(RandomKey key) {
  Module::reset(key);
  init_uniform(score_, {key.seed, random_stream(key.stream, 0)}, Real(1) / std::sqrt(static_cast<Real>(options_.width)));
}

VisualAttention::Map VisualAttention::read(const Var& features) {
  TL_CHECK(features.rank() == 2 && features.size(1) > 0 && features.size(1) % options_.channels == 0,
           "[attention] features are {}, not a map of {} channels: set backbone.layer = \"conv5_map\"", features.shape(),
           options_.channels);
  const int64_t n = features.size(0), places = features.size(1) / options_.channels;
  const Var x = reshape(features, {n * places, options_.channels});
  Var v = value_(x);
  v = dropout(norm_ ? (*norm_)(v) : v, options_.dropout);
  return {reshape(v, {n, places, options_.values}), reshape(key_(v), {n, places, options_.width})};
}

Var VisualAttention::mean(const Map& map) const {
  return global_average_pool(reshape(map.values, {map.values.size(0), map.values.size(1), 1, map.values.size(2)}));
}

AttentionView VisualAttention::attend(const Map& map, const Var& h) {
  AttentionView view = attention(map.keys, query_(h), h.tape().parameter(score_), map.values);
  view.seen = multiply(sigmoid(gate_(h)), view.seen);
  return view;
}

VisualAttention::Map VisualAttention::rows(const Map& map, const Tensor& picture) {
  const auto take = [&](const Var& x) {
    const Shape& shape = x.shape();
    return reshape(embedding(reshape(x, {shape[0], shape[1] * shape[2]}), picture), {picture.size(0), shape[1], shape[2]});
  };
  return {take(map.values), take(map.keys)};
}

}  // namespace tagloom
