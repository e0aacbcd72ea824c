#include "models/taggers/rank_lstm.h"

#include <algorithm>

namespace tagloom {

RankLstm::RankLstm(const RankLstmOptions& options)
    : options_(options),
      image_embedding_(options.features, options.image_embedding),
      lstm_(options.image_embedding, options.hidden, options.forget_bias),
      output_(options.hidden, options.tags) {
  if (options.feature_norm) {
    norm_.emplace(options.features);
    add("norm", *norm_);
  }
  add("image_embedding", image_embedding_);
  add("lstm", lstm_);
  add("output", output_);
}

Var RankLstm::step_logits(const Var& features, int64_t steps) {
  Tape& tape = features.tape();
  Var v = image_embedding_(dropout(norm_ ? (*norm_)(features) : features, options_.feature_dropout));
  if (options_.relu_image) v = relu(v);
  if (is_one_op(options_.loop, tape, features.device(), options_.dropout)) {
    const LstmDecodeOptions loop{.steps = steps, .feed = kernels::Feed::kOwnRow, .bf16 = options_.bf16};
    const Var logits = lstm_.decode(lstm_.input_gates_with_both_biases(v), {}, output_, loop).logits;
    return reshape(logits, {steps * features.size(0), options_.tags});
  }
  const Var input_gates = lstm_.input_gates(v);  // the same at every step
  LstmState state = lstm_.zero_state(tape, features.size(0));
  std::vector<Var> hidden;
  for (int64_t t = 0; t < steps; ++t) {
    state = lstm_.step(input_gates, state);
    hidden.push_back(state.h);
  }
  const Var all = reshape(stack_steps(hidden), {steps * features.size(0), options_.hidden});
  return output_(dropout(all, options_.dropout));
}

Var RankLstm::loss(const Var& features, const Batch& batch) {
  const int64_t n = features.size(0);
  int64_t steps = 1, tokens = 0;
  for (const auto& tags : batch.tags) {
    steps = std::max<int64_t>(steps, tags.size());
    tokens += tags.size();
  }
  TL_CHECK_AS(ErrorKind::kData, tokens > 0,
              "a batch has no tag at all: the rank model needs pictures with tags (data.drop_untagged = true)");
  const Real weight = reduction_factor(options_.reduction, n, tokens);
  std::vector<int32_t> target(steps * n, -1);
  std::vector<Real> row_scale(steps * n, weight);
  for (int64_t i = 0; i < n; ++i) {
    for (size_t t = 0; t < batch.tags[i].size(); ++t) target[t * n + i] = batch.tags[i][t];
  }
  const Device device = features.device();
  return softmax_xent(step_logits(features, steps), Tensor::from(target, {steps * n}, device),
                      Tensor::from(row_scale, {steps * n}, device));
}

Predictions RankLstm::predict(const Var& features) {
  const int64_t n = features.size(0), tags = options_.tags;
  const int64_t steps = std::min(options_.decoding.steps, tags);
  const std::vector<Real> p = softmax_probabilities(step_logits(features, steps)).value().to_vector();
  Predictions predictions;
  predictions.tag_count = tags;
  predictions.scores.resize(n * tags);
  predictions.first_step_scores.assign(p.begin(), p.begin() + n * tags);
  predictions.ranking.resize(n);
  std::vector<float> steps_of_one(steps * tags);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t t = 0; t < steps; ++t) {
      std::copy_n(p.begin() + (t * n + i) * tags, tags, steps_of_one.begin() + t * tags);
    }
    predictions.ranking[i] =
        decode_steps(options_.decoding, steps_of_one, steps, tags, std::span(predictions.scores).subspan(i * tags, tags));
  }
  return predictions;
}

}  // namespace tagloom
