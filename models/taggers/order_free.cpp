#include "models/taggers/order_free.h"

#include <algorithm>

namespace tagloom {
namespace {

int64_t most_tags(const Batch& batch) {
  int64_t most = 0;
  for (const auto& tags : batch.tags) most = std::max<int64_t>(most, tags.size());
  return most;
}

}  // namespace

void OrderFreeOptions::declare(SettingTable& table) {
  SettingRows model = table.section("model");
  rows::lstm(model, *this);
  rows::embedding(model, embedding);
  rows::image_embedding(model, image_embedding);
  rows::steps(model, steps);
  model.choice(
      "alignment", alignment,
      "Targets of a step: none = all true tags not named yet (Chen et al. 2018), mla = one tag, by the assignment with the "
      "least loss, pla = the same, but tags that won keep their step (Yazici et al. 2020).");
  model.own_kind_only();
  model.integer("attention", attention, between(1, 65536), "Length of the keys of visual attention.");
  rows::gate(model, gate);
  SettingRows loss = table.section("loss");
  rows::reduction(loss, reduction);
  decode.declare(table);
}

Automatic OrderFreeOptions::automatic() const {
  if (alignment == Alignment::kNone) return {LossReduction::kSumLabelsMeanBatch, DecodeMethod::kBeam};
  return {LossReduction::kMeanTokens, DecodeMethod::kGreedy};
}

void OrderFreeOptions::check(const Sections& run) const {
  TL_CHECK(run.backbone.layer == BackboneLayer::kConv5Map,
           "model.kind = \"order_free\" attends to places: set backbone.layer = \"conv5_map\"");
  TL_CHECK(run.decode.method == DecodeMethod::kGreedy || run.decode.method == DecodeMethod::kBeam,
           "model.kind = \"order_free\" takes decode.method = \"greedy\" or \"beam\"");
}

std::unique_ptr<TaggerHead> OrderFreeOptions::build(int64_t features, const TagStatistics& known) const {
  OrderFreeOptions options = *this;
  options.channels = features;
  options.tags = known.size();
  return std::make_unique<OrderFree>(options);
}

OrderFree::OrderFree(const OrderFreeOptions& options)
    : options_(options),
      attention_({.channels = options.channels,
                  .hidden = options.hidden,
                  .values = options.image_embedding,
                  .width = options.attention,
                  .norm = options.feature_norm,
                  .dropout = static_cast<Real>(options.feature_dropout)}),
      start_h_(options.image_embedding, options.hidden),
      start_c_(options.image_embedding, options.hidden),
      embedding_(options.tags + 1, options.embedding),
      lstm_(options.embedding + options.image_embedding, options.hidden, options.forget_bias),
      output_(options.hidden, options.tags + (has_end() ? 1 : 0)) {
  if (options_.reduction == LossReduction::kAuto) options_.reduction = options.automatic().reduction;
  add("attention", attention_);
  add("start_h", start_h_);
  add("start_c", start_c_);
  add("embedding", embedding_);
  add("lstm", lstm_);
  add("output", output_);
}

LstmState OrderFree::start(const VisualAttention::Map& map) {
  const Var mean = attention_.mean(map);
  return {start_h_(mean), start_c_(mean)};
}

Var OrderFree::step(const VisualAttention::Map& map, const Tensor& previous, LstmState& state) {
  const Var seen = attention_.attend(map, state.h).seen;
  state = lstm_.step(lstm_.input_gates(concat_columns({embedding_(seen.tape(), previous), seen})), state);
  return output_(dropout(state.h, options_.dropout));
}

Var OrderFree::loss(const Var& features, const Batch& batch) {
  const VisualAttention::Map map = attention_.read(features);
  return has_end() ? aligned_loss(map, batch) : pool_loss(map, batch);
}

Var OrderFree::pool_loss(const VisualAttention::Map& map, const Batch& batch) {
  const Device device = map.values.device();
  Tape& tape = map.values.tape();
  const int64_t n = map.values.size(0), tags = options_.tags, most = most_tags(batch);
  const int64_t steps = std::max<int64_t>(1, most + (options_.gate == kernels::StepGate::kAll ? 1 : 0));
  std::vector<uint8_t> excluded = batch.labels.to_vector<uint8_t>();  // from the pool: all but the true tags not named yet
  for (uint8_t& tag : excluded) tag = !tag;
  std::vector<int32_t> previous(n, static_cast<int32_t>(tags)), emitted;
  std::vector<Var> logits;
  LstmState state = start(map);
  for (int64_t t = 0; t < steps; ++t) {
    logits.push_back(step(map, tape.from(previous, {n}, device), state));
    previous = argmax(logits.back(), tape.from(excluded, {n, tags}, device)).to_vector<int32_t>();
    for (int64_t i = 0; i < n; ++i) {
      if (previous[i] >= 0) excluded[i * tags + previous[i]] = 1;  // -1: the pool is empty
    }
    emitted.insert(emitted.end(), previous.begin(), previous.end());
  }
  return sigmoid_masked_bce(stack_steps(logits), batch.labels, tape.from(emitted, {steps, n}, device),
                            kernels::BceMask::kCumulative, options_.gate,
                            reduction_factor(options_.reduction, n, n * steps * tags));
}

Var OrderFree::aligned_loss(const VisualAttention::Map& map, const Batch& batch) {
  const Device device = map.values.device();
  Tape& tape = map.values.tape();
  const int64_t n = map.values.size(0), classes = options_.tags + 1, steps = most_tags(batch) + 1;
  Tensor previous = tape.from(std::vector<int32_t>(n, static_cast<int32_t>(options_.tags)), {n}, device);
  std::vector<Var> all;
  LstmState state = start(map);
  for (int64_t t = 0; t < steps; ++t) {
    all.push_back(step(map, previous, state));
    previous = argmax(all.back());
  }
  const Var logits = reshape(stack_steps(all), {steps * n, classes});
  const std::vector<Real> p = softmax_probabilities(logits).value().to_vector();

  std::vector<int32_t> target(steps * n, -1);
  std::vector<float> of_one(steps * classes);
  int64_t tokens = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t t = 0; t < steps; ++t) std::copy_n(p.begin() + (t * n + i) * classes, classes, of_one.begin() + t * classes);
    std::vector<int32_t> aligned = align_tags(options_.alignment, of_one, classes, batch.tags[i]);
    aligned.push_back(static_cast<int32_t>(options_.tags));  // END
    for (size_t t = 0; t < aligned.size(); ++t) target[static_cast<int64_t>(t) * n + i] = aligned[t];
    tokens += static_cast<int64_t>(aligned.size());
  }
  const std::vector<Real> scale(steps * n, reduction_factor(options_.reduction, n, tokens));
  return softmax_xent(logits, tape.from(target, {steps * n}, device), tape.from(scale, {steps * n}, device));
}

std::vector<DecodedSequence> OrderFree::decode(const Var& features, int64_t competing) {
  const VisualAttention::Map map = attention_.read(features);
  LstmState state = start(map);
  const auto one_step = [&](const BeamStep& beams) {
    state = take_rows(state, beams.parent);
    const Var logits = step(VisualAttention::rows(map, beams.picture), beams.previous, state);
    return has_end() ? softmax_probabilities(logits) : sigmoid(logits);
  };
  const DecodeOptions& decode = options_.decode;
  const SequenceDecoding search{.beam_width = decode.beams(),
                                .steps = std::min(decode.steps_or(options_.steps), options_.tags),
                                .least_probability = decode.least_probability,
                                .end = has_end(),
                                .repeat = decode.repeat,
                                .competing = competing};
  return decode_sequences(search, features.size(0), options_.tags, features.device(), one_step);
}

Predictions OrderFree::predict(const Var& features) { return predictions_of(decode(features, 0), options_.tags); }

std::vector<StepPath> OrderFree::step_paths(const Var& features, int64_t competing) {
  return paths_of(decode(features, competing));
}

}  // namespace tagloom
