#include "models/taggers/jvsp.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace tagloom {
namespace {

Var ones(Tape& tape, Device device, Shape shape) {
  const std::vector<Real> values(element_count(shape), Real(1));
  return tape.constant(tape.from(values, std::move(shape), device));
}

// x [N,C] times factor [N,1], row by row; a matrix product, so mixed precision rounds the factor.
Var scale_rows(const Var& x, const Var& factor) {
  return multiply(x, linear(factor, ones(x.tape(), x.device(), {x.size(1), 1}), {}));
}

// Measures, during decoding, how much the attention weights of neighbouring steps overlap.
class StepOverlap {
 public:
  explicit StepOverlap(int64_t pictures) : dot_(pictures, 0), cosine_(pictures, 0), pairs_(pictures, 0) {}

  // V_t [B,D] of the beams, and for each its parent's row in the previous step (unused at the first step) and its picture.
  void add(std::vector<Real> weights, const std::vector<int32_t>& parent, const std::vector<int32_t>& picture) {
    const size_t width = weights.size() / std::max<size_t>(1, parent.size());
    const auto row = [width](const std::vector<Real>& of, size_t i) { return std::span(of).subspan(i * width, width); };
    const auto dot = [](std::span<const Real> a, std::span<const Real> b) {
      return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    };
    for (size_t b = 0; b < parent.size() && !before_.empty(); ++b) {
      const auto ours = row(weights, b), theirs = row(before_, parent[b]);
      const double product = dot(ours, theirs);
      dot_[picture[b]] += product;
      cosine_[picture[b]] += product / std::sqrt(dot(ours, ours) * dot(theirs, theirs));
      ++pairs_[picture[b]];
    }
    before_ = std::move(weights);
  }

  std::vector<PictureMeasure> measures() const {
    return {{"step_overlap",
             "sum over features of V_t-1 V_t, the softmax weights of neighbouring steps; mean over steps, then pictures",
             means(dot_)},
            {"step_cosine", "cosine of V_t-1 and V_t; mean over steps, then pictures", means(cosine_)}};
  }

 private:
  std::vector<float> means(const std::vector<double>& sums) const {  // NaN for a picture with one step
    std::vector<float> means;
    for (size_t i = 0; i < sums.size(); ++i) means.push_back(static_cast<float>(sums[i] / pairs_[i]));
    return means;
  }

  std::vector<Real> before_;
  std::vector<double> dot_, cosine_;
  std::vector<int> pairs_;
};

}  // namespace

void JvspOptions::declare(SettingTable& table) {
  SettingRows model = table.section("model");
  rows::lstm(model, *this);
  rows::embedding(model, embedding);
  rows::steps(model, steps);
  declare_order(model, order);
  SettingRows jvsp = table.section("model.jvsp");
  jvsp.choice("image", image_linear, "features", "linear",
              "What attention weighs: the features themselves, if there are model.hidden of them, or model.hidden linear "
              "functions of them.");
  jvsp.real("visual_dropout", visual_dropout, below(0, 1), "Dropout on the attended features that refine the tag.");
  jvsp.flag("scale_softmax", scale_softmax, "Multiply the softmax weights by their number, so that their mean is 1.");
  jvsp.flag("lambda_gradient", lambda_gradient, "Let the gradient flow through the probabilities that weigh earlier states.");
  jvsp.flag("biases", biases, "Biases in the gates and the output layer; the paper has none.");
  SettingRows loss = table.section("loss");
  loss.real("diversity", diversity, at_least(0), "Weight of the loss on attending to the same features twice in a row.");
  loss.real("diversity_threshold", diversity_threshold, between(0, 1), "Only softmax weights of at least this count in it.");
  decode.declare(table);
}

void JvspOptions::check(const Sections& run) const {
  TL_CHECK(
      run.decode.method == DecodeMethod::kGreedy,
      "model.kind = \"jvsp\" names one tag a step: decode.method must be \"greedy\"; set the number of tags with decode.exactly");
  TL_CHECK(forget_bias == 0 || biases, "model.forget_bias needs model.jvsp.biases = true: without them there is no bias to set");
  TL_CHECK(decode.exactly == 0 || run.metrics.selection != Selection::kTopK || run.metrics.top_k <= decode.exactly,
           "decode.top_k = {} is more than decode.exactly = {}, the number of tags named: lower decode.top_k", run.metrics.top_k,
           decode.exactly);
}

std::unique_ptr<TaggerHead> JvspOptions::build(int64_t feature_count, const TagStatistics& known) const {
  JvspOptions options = *this;
  options.features = feature_count;
  return std::make_unique<Jvsp>(options, known);
}

Jvsp::Jvsp(const JvspOptions& options, const TagStatistics& tags)
    : options_(options),
      tags_(tags.size()),
      orderer_(options.order, tags),
      guide_(tags.size() + 1, options.hidden),
      tag_(tags.size() + 1, options.embedding),
      knowledge_(options.hidden, options.hidden, false),
      visual_(options.hidden, options.embedding, false),
      refine_(options.embedding, options.embedding, false),
      lstm_(options.hidden + options.embedding, options.hidden, options.forget_bias, options.biases),
      output_(options.hidden, tags.size() + 1, options.biases) {
  TL_CHECK(
      options.image_linear || options.features == options.hidden,
      "the backbone gives {} features and model.hidden is {}, but JVSP multiplies them elementwise: set model.hidden = {}, or "
      "model.jvsp.image = \"linear\"",
      options.features, options.hidden, options.features);
  if (options.feature_norm) {
    norm_.emplace(options.features);
    add("norm", *norm_);
  }
  if (options.image_linear) {
    image_.emplace(options.features, options.hidden);
    add("image", *image_);
  }
  add("guide_embedding", guide_);
  add("tag_embedding", tag_);
  add("knowledge", knowledge_);
  add("visual", visual_);
  add("refine", refine_);
  add("lstm", lstm_);
  add("output", output_);
}

Var Jvsp::image(const Var& features) {
  const Var x = dropout(norm_ ? (*norm_)(features) : features, options_.feature_dropout);
  return image_ ? (*image_)(x) : x;
}

Jvsp::Memory Jvsp::start(Tape& tape, int64_t n) const { return {lstm_.zero_state(tape, n), {}}; }

Var Jvsp::largest_probability(const Var& logits) {
  const int64_t n = logits.size(0), classes = logits.size(1);
  std::vector<int32_t> place = argmax(slice_columns(logits, 0, tags_)).to_vector<int32_t>();  // of the tags, without END
  for (int64_t i = 0; i < n; ++i) place[i] += static_cast<int32_t>(i * classes);
  const Var p = options_.lambda_gradient ? softmax(logits) : softmax_probabilities(logits);
  return embedding(reshape(p, {n * classes, 1}), logits.tape().from(place, {n}, logits.device()));
}

Jvsp::Step Jvsp::step(int64_t t, const Var& image, const Tensor& previous, Memory& memory) {
  Tape& tape = image.tape();
  const auto rescaled = [&](const Var& x) { return options_.scale_softmax ? scale(x, static_cast<Real>(x.size(1))) : x; };
  Var guidance = guide_(tape, previous);
  if (t > 0) guidance = tagloom::add(guidance, scale(knowledge_(memory.knowledge), Real(1) / static_cast<Real>(t)));
  const Var weights = softmax(multiply(image, guidance));
  const Var seen = rescaled(weights);
  const Var word = tag_(tape, previous);
  const Var refinement = refine_(tanh(tagloom::add(word, dropout(visual_(seen), options_.visual_dropout))));
  const Var refined = rescaled(softmax(multiply(word, refinement)));
  memory.lstm = lstm_.step(lstm_.input_gates(concat_columns({seen, refined})), memory.lstm);
  const Var logits = output_(tagloom::add(dropout(memory.lstm.h, options_.dropout), seen));
  return {logits, weights};
}

void Jvsp::remember(const Var& logits, Memory& memory) {
  const Var known = scale_rows(memory.lstm.h, largest_probability(logits));
  memory.knowledge = memory.knowledge.defined() ? tagloom::add(memory.knowledge, known) : known;
}

Var Jvsp::loss(const Var& features, const Batch& batch) {
  Tape& tape = features.tape();
  const Device device = features.device();
  const int64_t n = features.size(0), end = tags_;
  const std::vector<std::vector<int32_t>> tags = orderer_.ordered(batch.tags, batch.index, tape.next_random_key());
  int64_t steps = 1;
  for (const auto& one : tags) steps = std::max<int64_t>(steps, static_cast<int64_t>(one.size()) + 1);  // and END
  std::vector<int32_t> previous(steps * n, static_cast<int32_t>(end)), target(steps * n, -1);
  std::vector<Real> step_scale(steps * n, 0), pair_scale(steps * n, 0);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t length = static_cast<int64_t>(tags[i].size()) + 1;
    for (int64_t t = 0; t < length; ++t) {
      if (t > 0) previous[t * n + i] = tags[i][t - 1];
      target[t * n + i] = t + 1 < length ? tags[i][t] : static_cast<int32_t>(end);
      step_scale[t * n + i] = Real(1) / static_cast<Real>(length * n);
      if (t > 0) pair_scale[t * n + i] = static_cast<Real>(options_.diversity) / static_cast<Real>((length - 1) * n);
    }
  }
  const Tensor fed = tape.from(previous, {steps, n}, device);
  const Var picture = image(features);
  Memory memory = start(tape, n);
  std::vector<Var> logits, weights;
  for (int64_t t = 0; t < steps; ++t) {
    const Step now = step(t, picture, fed.rows(t, t + 1).view({n}), memory);
    if (t + 1 < steps) remember(now.logits, memory);
    logits.push_back(now.logits);
    weights.push_back(now.weights);
  }
  const Var named = softmax_xent(reshape(stack_steps(logits), {steps * n, tags_ + 1}), tape.from(target, {steps * n}, device),
                                 tape.from(step_scale, {steps * n}, device));
  if (options_.diversity == 0 || steps == 1) return named;
  return tagloom::add(named, diversity(stack_steps(weights), tape.from(pair_scale, {steps, n}, device),
                                       static_cast<Real>(options_.diversity_threshold)));
}

Jvsp::Decoded Jvsp::decode(const Var& features, int64_t competing) {
  const int64_t n = features.size(0);
  const Var picture = image(features);
  Memory memory = start(features.tape(), n);
  Step now;
  StepOverlap overlap(n);
  const DecodeOptions& decode = options_.decode;
  const SequenceDecoding search{.steps = decode.exactly > 0 ? decode.exactly : decode.steps_or(options_.steps),
                                .minimum_tags = decode.exactly,
                                .competing = competing};
  std::vector<DecodedSequence> sequences = decode_sequences(search, n, tags_, features.device(), [&](const BeamStep& at) {
    if (at.step > 0) {
      remember(now.logits, memory);
      memory = {take_rows(memory.lstm, at.parent), take_rows(memory.knowledge, at.parent)};
    }
    now = step(at.step, take_rows(picture, at.picture), at.previous, memory);
    overlap.add(now.weights.value().to_vector(), at.parent.to_vector<int32_t>(), at.picture.to_vector<int32_t>());
    return softmax_probabilities(now.logits);
  });
  return {std::move(sequences), overlap.measures()};
}

Predictions Jvsp::predict(const Var& features) {
  const Decoded decoded = decode(features, 0);
  Predictions predictions = predictions_of(decoded.sequences, tags_, options_.decode.sequence_score);
  predictions.measures = decoded.measures;
  return predictions;
}

std::vector<StepPath> Jvsp::step_paths(const Var& features, int64_t competing) {
  return paths_of(decode(features, competing).sequences);
}

}  // namespace tagloom
