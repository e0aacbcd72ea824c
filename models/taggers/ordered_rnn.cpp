#include "models/taggers/ordered_rnn.h"

#include <algorithm>
#include <cmath>

#include "engine/nn/init.h"
#include "models/taggers/tag_loss.h"

namespace tagloom {
namespace {

constexpr char kReluImage[] = "ReLU after the picture's embedding.";

int64_t input_width(const OrderedRnnOptions& o) {
  return (o.feedback == Feedback::kNone ? 0 : o.embedding) + (o.image_feed == ImageFeed::kEvery ? o.image_embedding : 0);
}

}  // namespace

void OrderedRnnOptions::declare(SettingTable& table) {
  SettingRows model = table.section("model");
  rows::lstm(model, *this);
  rows::embedding(model, embedding);
  rows::image_embedding(model, image_embedding);
  rows::steps(model, steps);
  declare_order(model, order);
  rows::state(model, state);
  model.choice("image_feed", image_feed,
               "Steps that read the picture: none (but see model.state), the one before START, or every step.");
  model.choice(
      "feedback", feedback,
      "Tag fed back in training: none, the true previous one (teacher forcing), the model's own, or the model's own with a "
      "rising probability (scheduled sampling); decoding feeds back the model's own, unless none.");
  model.real("sampling", sampling, between(0, 1), "feedback = \"scheduled\": final probability of the model's own tag.");
  model.integer("sampling_iterations", sampling_iterations, count_from(1),
                "Iterations over which that probability rises from 0.");
  model.flag("end", end, "Predict a class END after the last tag.");
  model.choice(
      "output", output,
      "From the LSTM to the tags: a linear layer, or products with the tags' embedding, where the picture is added to the "
      "LSTM's output (joint).");
  model.flag("relu_image", relu_image, kReluImage);
  SettingRows loss = table.section("loss");
  rows::reduction(loss, reduction);
  rows::label_smoothing(loss, label_smoothing);
  decode.declare(table);
}

void OrderedRnnOptions::check(const Sections& run) const {
  const bool feeds_back = feedback != Feedback::kNone;
  TL_CHECK(
      feeds_back || (image_feed == ImageFeed::kEvery && !end),
      "model.feedback = \"none\" needs model.image_feed = \"every\" and model.end = false: the picture is the LSTM's only input");
  TL_CHECK(output != SequenceOutput::kJoint || (feeds_back && end),
           "model.output = \"joint\" shares the embedding of the tags fed back: it needs model.end = true and a model.feedback");
  const DecodeMethod method = run.decode.method;
  TL_CHECK(method == DecodeMethod::kGreedy || method == (feeds_back ? DecodeMethod::kBeam : DecodeMethod::kExpectedGain),
           "model.kind = \"ordered_rnn\" takes decode.method = \"greedy\" or, {}: set one of them",
           feeds_back ? "with feedback, \"beam\"" : "with model.feedback = \"none\", \"expected_gain\"");
}

std::unique_ptr<TaggerHead> OrderedRnnOptions::build(int64_t feature_count, const TagStatistics& known) const {
  OrderedRnnOptions options = *this;
  options.features = feature_count;
  options.tags = known;
  return std::make_unique<OrderedRnn>(options);
}

OrderedRnnOptions rank_model(OrderedRnnOptions options) {
  options.steps = 10;
  options.state = InitialState::kZero;
  options.image_feed = ImageFeed::kEvery;
  options.feedback = Feedback::kNone;
  options.end = false;
  return options;
}

void RankOptions::declare(SettingTable& table) {
  SettingRows model = table.section("model");
  rows::lstm(model, rnn);
  rows::image_embedding(model, rnn.image_embedding);
  model.flag("relu_image", rnn.relu_image, kReluImage);
  SettingRows loss = table.section("loss");
  rows::reduction(loss, rnn.reduction);
  rows::label_smoothing(loss, rnn.label_smoothing);
  rnn.decode.declare(table);
}

void RankOptions::check(const Sections& run) const {
  TL_CHECK(run.decode.method != DecodeMethod::kBeam,
           "decode.method = \"beam\" is for model.kind = \"ordered_rnn\" or \"order_free\"; set greedy, or leave it out");
}

OrderedRnn::OrderedRnn(const OrderedRnnOptions& options)
    : options_(options), orderer_(options.order, options.tags), lstm_(input_width(options), options.hidden, options.forget_bias) {
  const int64_t tags = options.tags.size();
  if (options_.reduction == LossReduction::kAuto) options_.reduction = options.automatic().reduction;
  TL_CHECK(options.feedback != Feedback::kNone || options.image_feed == ImageFeed::kEvery,
           "[ordered_rnn] without feedback the picture is the LSTM's only input: set image_feed = kEvery");
  TL_CHECK(options.feedback != Feedback::kNone || !options.end,
           "[ordered_rnn] a model without feedback has no END: set end = false");
  TL_CHECK(options.output == SequenceOutput::kLinear || (options.end && options.feedback != Feedback::kNone),
           "[ordered_rnn] a joint output shares the embedding of the tags fed back and of END: it needs both");
  if (options.feature_norm) {
    norm_.emplace(options.features);
    add("norm", *norm_);
  }
  if (options.state == InitialState::kProbabilities) {
    classifier_.emplace(ClassifierOptions{.features = options.features, .tags = tags});
    add("classifier", *classifier_);
  }
  if (options.state != InitialState::kZero) {
    start_h_.emplace(options.state == InitialState::kFeatures ? options.features : tags, options.hidden);
    add("start_h", *start_h_);
  }
  if (options.image_feed != ImageFeed::kNone) {
    image_embedding_.emplace(options.features,
                             options.image_feed == ImageFeed::kFirst ? options.embedding : options.image_embedding);
    add("image_embedding", *image_embedding_);
  }
  if (options.feedback != Feedback::kNone) {
    embedding_.emplace(tags + 1, options.embedding);
    add("embedding", *embedding_);
  }
  add("lstm", lstm_);
  if (options.output == SequenceOutput::kJoint) {
    projection_.emplace(options.hidden, options.embedding);
    image_projection_.emplace(options.features, options.embedding);
    add("projection", *projection_);
    add("image_projection", *image_projection_);
  } else {
    output_.emplace(options.hidden, tags + (options.end ? 1 : 0));
    add("output", *output_);
  }
}

void OrderedRnn::reset(RandomKey key) {
  Module::reset(key);
  if (!embedding_) return;
  const Real bound = options_.output == SequenceOutput::kJoint ? 1 / std::sqrt(static_cast<Real>(options_.embedding)) : 1;
  init_uniform(embedding_->weight, {key.seed, random_stream(key.stream, 0)}, bound);
}

OrderedRnn::Picture OrderedRnn::encode(const Var& features) {
  Picture picture;
  const Var x = dropout(norm_ ? (*norm_)(features) : features, options_.feature_dropout);
  if (classifier_) picture.classifier_logits = classifier_->logits(x);
  picture.start = lstm_.zero_state(features.tape(), features.size(0));
  if (start_h_) picture.start.h = (*start_h_)(classifier_ ? sigmoid(picture.classifier_logits) : x);
  if (image_embedding_) {
    picture.v = (*image_embedding_)(x);
    if (options_.relu_image) picture.v = relu(picture.v);
  }
  if (image_projection_) picture.output = (*image_projection_)(x);
  if (options_.image_feed == ImageFeed::kFirst) picture.start = lstm_.step(lstm_.input_gates(picture.v), picture.start);
  return picture;
}

OrderedRnn::Picture OrderedRnn::rows_of(const Picture& picture, const Tensor& rows) const {
  Picture taken;
  if (options_.image_feed == ImageFeed::kEvery) taken.v = take_rows(picture.v, rows);
  if (picture.output.defined()) taken.output = take_rows(picture.output, rows);
  return taken;
}

LstmState OrderedRnn::advance(const Picture& picture, const LstmState& state, const Tensor& previous) {
  const Var z = (*embedding_)(state.h.tape(), previous);
  return lstm_.step(lstm_.input_gates(options_.image_feed == ImageFeed::kEvery ? concat_columns({z, picture.v}) : z), state);
}

Var OrderedRnn::read_out(const Picture& picture, const Var& h) {
  return projection_ ? relu(tagloom::add((*projection_)(h), picture.output)) : h;
}

Var OrderedRnn::classes(const Var& read) {
  const Var x = dropout(read, options_.dropout);
  return output_ ? (*output_)(x) : linear(x, x.tape().parameter(embedding_->weight), Var());
}

// The logits of all steps, [T*N, classes], step-major; the LSTM reads the same input at each.
Var OrderedRnn::one_input_logits(const Picture& picture, int64_t steps) {
  const int64_t n = picture.v.size(0);
  if (is_one_op(options_.loop, picture.v.tape(), picture.v.device(), options_.dropout)) {
    const LstmDecodeOptions loop{.steps = steps, .feed = kernels::Feed::kOwnRow};
    const Var logits =
        lstm_.decode(lstm_.input_gates_with_both_biases(picture.v), start_h_ ? picture.start : LstmState(), *output_, loop)
            .logits;
    return reshape(logits, {steps * n, options_.tags.size()});
  }
  const Var input_gates = lstm_.input_gates(picture.v);
  LstmState state = picture.start;
  std::vector<Var> hidden;
  for (int64_t t = 0; t < steps; ++t) {
    state = lstm_.step(input_gates, state);
    hidden.push_back(state.h);
  }
  return classes(reshape(stack_steps(hidden), {steps * n, options_.hidden}));
}

// The same with the given previous tags as input.
Var OrderedRnn::roll_out(const Picture& picture, const Tensor& previous) {
  const int64_t steps = previous.size(0), n = previous.size(1);
  LstmState state = picture.start;
  std::vector<Var> reads;
  for (int64_t t = 0; t < steps; ++t) {
    state = advance(picture, state, previous.rows(t, t + 1).view({n}));
    reads.push_back(read_out(picture, state.h));
  }
  return classes(reshape(stack_steps(reads), {steps * n, reads.front().size(1)}));
}

// The same with the model's own previous tag as input, always or at random (scheduled sampling).
Var OrderedRnn::roll_out_own(const Picture& picture, const Targets& targets, int64_t n) {
  Tape& tape = picture.start.h.tape();
  const Device device = picture.start.h.device();
  const double risen = std::min(1.0, static_cast<double>(iteration_) / static_cast<double>(options_.sampling_iterations));
  const double probability = options_.feedback == Feedback::kOwn ? 1 : options_.sampling * risen;
  const RandomKey key = tape.next_random_key();
  std::vector<int32_t> previous(targets.previous.begin(), targets.previous.begin() + n);
  LstmState state = picture.start;
  std::vector<Var> of_steps;
  for (int64_t t = 0; t < targets.steps; ++t) {
    state = advance(picture, state, tape.from(previous, {n}, device));
    of_steps.push_back(classes(read_out(picture, state.h)));
    if (t + 1 == targets.steps) break;
    const std::vector<int32_t> winner = argmax(of_steps.back()).to_vector<int32_t>();
    for (int64_t i = 0; i < n; ++i) {
      previous[i] = random_uniform(key, t * n + i) < probability ? winner[i] : targets.previous[(t + 1) * n + i];
    }
  }
  return reshape(stack_steps(of_steps), {targets.steps * n, of_steps.front().size(1)});
}

OrderedRnn::Targets OrderedRnn::targets(const Batch& batch, RandomKey key, bool training) const {
  const int64_t n = static_cast<int64_t>(batch.tags.size()), end = options_.end ? 1 : 0;
  const std::vector<std::vector<int32_t>> tags = orderer_.ordered(batch.tags, batch.index, key);
  Targets made;
  int64_t tokens = 0;
  for (const auto& list : tags) {
    made.steps = std::max<int64_t>(made.steps, list.size() + end);
    tokens += list.size() + end;
  }
  TL_CHECK_AS(
      ErrorKind::kData, tokens > 0 || !training,
      "a batch has no tags, but a model that names tags in order trains on tagged pictures: set data.drop_untagged = true");
  made.steps = std::max<int64_t>(made.steps, 1);  // without tags there is nothing to name: the loss is 0
  tokens = std::max<int64_t>(tokens, 1);
  made.target.assign(made.steps * n, -1);
  made.previous.assign(made.steps * n, -1);
  std::fill_n(made.previous.begin(), n, static_cast<int32_t>(options_.tags.size()));
  for (int64_t i = 0; i < n; ++i) {
    const auto length = static_cast<int64_t>(tags[i].size());
    for (int64_t t = 0; t < length; ++t) {
      made.target[t * n + i] = tags[i][t];
      if (t + 1 < made.steps) made.previous[(t + 1) * n + i] = tags[i][t];
    }
    if (end) made.target[length * n + i] = static_cast<int32_t>(options_.tags.size());
  }
  made.row_scale.assign(made.steps * n, reduction_factor(options_.reduction, n, tokens));
  return made;
}

bool OrderedRnn::prepare(Batch& batch) {
  const bool own = options_.feedback == Feedback::kOwn || options_.feedback == Feedback::kScheduled;
  if (own || options_.order == SequenceOrder::kRandom) return false;
  const Targets made = targets(batch, {}, true);
  const Device device = batch.labels.device();
  const int64_t n = static_cast<int64_t>(batch.tags.size());
  batch.prepared_inputs.resize(3);
  batch.prepared_inputs[0].refill(made.target, {made.steps * n}, device);
  batch.prepared_inputs[1].refill(made.row_scale, {made.steps * n}, device);
  batch.prepared_inputs[2].refill(made.previous, {made.steps, n}, device);
  batch.prepared = true;
  return true;
}

Var OrderedRnn::loss(const Var& features, const Batch& batch) {
  Tape& tape = features.tape();
  const Device device = features.device();
  const int64_t n = features.size(0);
  const bool own = options_.feedback == Feedback::kOwn || (options_.feedback == Feedback::kScheduled && tape.training());
  Targets made;
  Tensor target, row_scale, previous;
  if (batch.prepared) {
    target = batch.prepared_inputs.at(0), row_scale = batch.prepared_inputs.at(1), previous = batch.prepared_inputs.at(2);
    made.steps = previous.size(0);
  } else {
    made = targets(batch, options_.order == SequenceOrder::kRandom ? tape.next_random_key() : RandomKey{}, tape.training());
    target = tape.from(made.target, {made.steps * n}, device);
    row_scale = tape.from(made.row_scale, {made.steps * n}, device);
    previous = tape.from(made.previous, {made.steps, n}, device);
  }
  const Picture picture = encode(features);
  const Var logits = options_.feedback == Feedback::kNone ? one_input_logits(picture, made.steps)
                     : own                                ? roll_out_own(picture, made, n)
                                                          : roll_out(picture, previous);
  const Var loss = softmax_xent(logits, target, row_scale, static_cast<Real>(options_.label_smoothing));
  return classifier_ ? tagloom::add(loss, tag_loss({}, picture.classifier_logits, batch)) : loss;
}

std::vector<DecodedSequence> OrderedRnn::decode(const Picture& picture, int64_t pictures, int64_t competing) {
  LstmState state;
  const StepFunction step = [&](const BeamStep& beams) {
    const Picture rows = rows_of(picture, beams.picture);
    state = advance(rows, beams.step == 0 ? picture.start : take_rows(state, beams.parent), beams.previous);
    return softmax_probabilities(classes(read_out(rows, state.h)));
  };
  const DecodeOptions& decode = options_.decode;
  const SequenceDecoding search{.beam_width = decode.beams(),
                                .steps = decode.exactly > 0 ? decode.exactly : decode.steps_or(options_.steps),
                                .minimum_tags = decode.exactly,
                                .end = options_.end,
                                .repeat = decode.repeat,
                                .competing = competing};
  return decode_sequences(search, pictures, options_.tags.size(), picture.start.h.device(), step);
}

Predictions OrderedRnn::predict(const Var& features) {
  const int64_t n = features.size(0), tags = options_.tags.size();
  const Picture picture = encode(features);
  if (options_.feedback != Feedback::kNone) return predictions_of(decode(picture, n, 0), tags);
  const std::vector<Real> p = softmax_probabilities(one_input_logits(picture, one_input_steps())).value().to_vector();
  return decode_all_steps(options_.decode, p, one_input_steps(), n, tags);
}

std::vector<StepPath> OrderedRnn::step_paths(const Var& features, int64_t competing) {
  const int64_t n = features.size(0);
  const Picture picture = encode(features);
  if (options_.feedback != Feedback::kNone) return paths_of(decode(picture, n, competing));
  const std::vector<Real> p = softmax_probabilities(one_input_logits(picture, one_input_steps())).value().to_vector();
  return paths_of_steps(options_.decode, p, one_input_steps(), n, options_.tags.size(), competing);
}

}  // namespace tagloom
