#include "models/taggers/multi_order.h"

#include "engine/nn/init.h"
#include "kernels/math/arithmetic.h"
#include "models/taggers/tag_loss.h"

namespace tagloom {

void MultiOrderOptions::declare(SettingTable& table) {
  SettingRows model = table.section("model");
  model.choice("preset", preset,
               "The paper's model (mask previous, gate all, head linear) or that of its released code (mask cumulative, gate "
               "label_count, head tanh_two_layer); a key that is set explicitly overrides the preset.");
  model.own_kind_only();
  rows::lstm(model, *this);
  rows::embedding(model, embedding);
  rows::steps(model, steps);
  model.choice("mask", mask, "Named tags that count as negatives at a step: none, the last one, or all so far.");
  rows::gate(model, gate);
  rows::state(model, state);
  rows::head(model, head);
  SettingRows loss = table.section("loss");
  rows::reduction(loss, reduction);
}

void MultiOrderOptions::check(const Sections& run) const {
  TL_CHECK(head == OutputHead::kLinear || head == OutputHead::kTanhTwoLayer,
           "model.head = \"gap\" and \"csra\" need model.kind = \"classifier\" and backbone.layer = \"conv5_map\"");
  TL_CHECK(run.decode.method != DecodeMethod::kBeam,
           "decode.method = \"beam\" is for model.kind = \"ordered_rnn\" or \"order_free\"; leave it out");
}

std::unique_ptr<TaggerHead> MultiOrderOptions::build(int64_t feature_count, const TagStatistics& known) const {
  MultiOrderOptions options = *this;
  options.features = feature_count;
  options.tags = known.size();
  return std::make_unique<MultiOrder>(options);
}

std::vector<Assignment> preset_assignments(Preset preset) {
  if (preset == Preset::kNone) return {};
  const std::string where = std::string("model.preset = ") + name_of(preset);
  const bool paper = preset == Preset::kPaper;
  return {{"model.mask", std::string(name_of(paper ? kernels::BceMask::kPrevious : kernels::BceMask::kCumulative)), where},
          {"model.gate", std::string(name_of(paper ? kernels::StepGate::kAll : kernels::StepGate::kLabelCount)), where},
          {"model.head", std::string(name_of(paper ? OutputHead::kLinear : OutputHead::kTanhTwoLayer)), where}};
}

MultiOrder::MultiOrder(const MultiOrderOptions& options)
    : options_(options),
      embedding_(options.tags + 1, options.embedding),
      lstm_(options.embedding, options.hidden, options.forget_bias),
      output_(options.head == OutputHead::kLinear ? options.hidden : options.embedding, options.tags) {
  TL_CHECK(options.steps >= 1 && options.steps <= 20, "model.steps is {}: the multi-order model takes 1 to 20", options.steps);
  if (options.state != InitialState::kZero) {
    const bool from_probabilities = options.state == InitialState::kProbabilities;
    const int64_t width = from_probabilities ? options.tags : options.features;
    if (from_probabilities) {
      classifier_.emplace(ClassifierOptions{.features = options.features,
                                            .tags = options.tags,
                                            .feature_dropout = options.feature_dropout,
                                            .feature_norm = options.classifier_norm});
      add("classifier", *classifier_);
    }
    if (from_probabilities || options.feature_norm) {
      start_norm_.emplace(width, BatchNormOptions{.epsilon = Real(1e-3), .momentum = Real(0.05)});  // the authors' code
      add("start_norm", *start_norm_);
    }
    start_h_.emplace(width, options.hidden);
    start_c_.emplace(width, options.hidden);
    add("start_h", *start_h_);
    add("start_c", *start_c_);
  }
  add("embedding", embedding_);
  add("lstm", lstm_);
  if (options.head == OutputHead::kTanhTwoLayer) {
    projection_.emplace(options.hidden, options.embedding);
    add("projection", *projection_);
  }
  add("output", output_);
}

void MultiOrder::reset(RandomKey key) {
  Module::reset(key);
  init_uniform(embedding_.weight, {key.seed, random_stream(key.stream, 0)}, static_cast<Real>(options_.embedding_bound));
}

LstmState MultiOrder::start(const Var& features, Var* classifier_logits) {
  Tape& tape = features.tape();
  Var x = features;
  switch (options_.state) {
    case InitialState::kZero:
      return lstm_.zero_state(tape, features.size(0));
    case InitialState::kFeatures:
      break;
    case InitialState::kProbabilities:
      *classifier_logits = classifier_->logits(features);
      x = tape.constant(sigmoid(*classifier_logits).value());  // the classifier learns from its own loss only
      break;
  }
  if (start_norm_) x = (*start_norm_)(x);
  if (options_.state == InitialState::kFeatures) x = dropout(x, options_.feature_dropout);
  return {tanh((*start_h_)(x)), tanh((*start_c_)(x))};
}

Var MultiOrder::output(const Var& h) {
  const Var x = dropout(h, options_.dropout);
  return output_(projection_ ? tanh((*projection_)(x)) : x);
}

MultiOrder::Rollout MultiOrder::whole_loop(const LstmState& start) {
  Tape& tape = start.h.tape();
  const Var gates = lstm_.input_gates_with_both_biases(tape.parameter(embedding_.weight));  // of every tag
  const LstmDecoded decoded = lstm_.decode(gates, start, output_, {.steps = options_.steps, .pool = !tape.recording()});
  return {decoded.logits, decoded.emitted, decoded.pooled};
}

MultiOrder::Rollout MultiOrder::roll_out(const LstmState& start) {
  Tape& tape = start.h.tape();
  if (!projection_ && is_one_op(options_.loop, tape, start.h.device(), options_.dropout)) return whole_loop(start);
  const int64_t n = start.h.size(0);
  Rollout rollout;
  rollout.emitted = tape.empty(start.h.device(), {options_.steps, n}, DType::kInt32);
  std::vector<Var> logits;
  LstmState state = start;
  Tensor previous = tape.empty(start.h.device(), {n}, DType::kInt32);
  TL_ON(start.h.queue(), fill(start.h.queue(), n, static_cast<int32_t>(options_.tags), previous.data<int32_t>()));  // START
  for (int64_t t = 0; t < options_.steps; ++t) {
    state = lstm_.step(lstm_.input_gates(embedding_(tape, previous)), state);
    logits.push_back(output(state.h));
    previous = argmax(logits.back());
    rollout.emitted.rows(t, t + 1).view({n}).copy_from(previous);
  }
  rollout.logits = stack_steps(logits);
  if (!tape.recording()) rollout.pooled = label_max_pool(rollout.logits).value();
  return rollout;
}

Var MultiOrder::loss(const Var& features, const Batch& batch) {
  Var classifier_logits;
  const LstmState state = start(features, &classifier_logits);
  const Rollout rollout = roll_out(state);
  const int64_t n = features.size(0);
  const Real factor = reduction_factor(options_.reduction, n, n * options_.steps * options_.tags);
  const Var loss = sigmoid_masked_bce(rollout.logits, batch.labels, rollout.emitted, options_.mask, options_.gate, factor);
  return classifier_logits.defined() ? tagloom::add(loss, tag_loss({}, classifier_logits, batch)) : loss;
}

Predictions MultiOrder::predict(const Var& features) {
  Var classifier_logits;
  const Rollout rollout = roll_out(start(features, &classifier_logits));
  const int64_t cells = features.size(0) * options_.tags;
  Predictions predictions;
  predictions.tag_count = options_.tags;
  const std::vector<Real> pooled = sigmoid(features.tape().constant(rollout.pooled)).value().to_vector();
  predictions.scores.assign(pooled.begin(), pooled.end());
  const std::vector<Real> first = rollout.logits.value().rows(0, 1).view({cells}).to_vector();
  predictions.first_step_scores.assign(first.begin(), first.end());
  return predictions;
}

std::vector<StepPath> MultiOrder::step_paths(const Var& features, int64_t competing) {
  Var classifier_logits;
  const Rollout rollout = roll_out(start(features, &classifier_logits));
  return tagloom::step_paths(sigmoid(rollout.logits).value().to_vector(), rollout.emitted.to_vector<int32_t>(), options_.steps,
                             features.size(0), competing);
}

}  // namespace tagloom
