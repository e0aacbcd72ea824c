// The multi-order model and the ordered RNNs.
#include "models/onnx/head_graphs.h"
#include "models/onnx/sequence_graph.h"

namespace tagloom {
namespace {

LstmValues multi_order_start(HeadGraph& g, const MultiOrderOptions& options) {
  if (options.state == InitialState::kZero) return {};
  OnnxValue x = g.features;
  const bool from_probabilities = options.state == InitialState::kProbabilities;
  if (from_probabilities) x = g.op("Sigmoid", {logits_of_classifier(g, "classifier.", x, options.classifier_norm)});
  if (from_probabilities || options.feature_norm) x = g.batch_norm("start_norm", x, 1e-3);
  return {g.op("Tanh", {g.linear("start_h", x)}), g.op("Tanh", {g.linear("start_c", x)})};
}

// decode_steps() for the probabilities of all steps, [N,V] each.
HeadOutput ranked_steps(HeadGraph& g, const DecodeOptions& decode, const std::vector<OnnxValue>& p) {
  const auto steps = static_cast<int64_t>(p.size());
  std::vector<int64_t> numbers;
  for (int64_t tag = 0; tag < g.tags; ++tag) numbers.push_back(tag);
  const auto is_tag = [&](const OnnxValue& tag) { return g.op("Equal", {tag, g.integers(numbers, {g.tags})}); };  // [N,V]

  if (decode.method == DecodeMethod::kExpectedGain) {
    const int64_t counted = std::min(decode.gain_steps, steps);
    OnnxValue gain;
    for (int64_t t = 0; t < counted; ++t) {
      const double weight = decode.gain == Gain::kLinear ? static_cast<double>(counted - t) / static_cast<double>(counted)
                                                         : 1.0 / static_cast<double>(t + 1);
      const OnnxValue part = g.op("Mul", {g.cast(p[t], OnnxType::kDouble), g.number64(weight)});
      gain = gain.empty() ? part : g.op("Add", {gain, part});
    }
    const OnnxValue scores = g.cast(gain, OnnxType::kFloat);
    if (!decode.first_greedy) return {scores};
    // The winner of the first step comes first; if it is not by its own score, it gets a score just above the largest.
    const OnnxValue winner = g.first_largest(p[0], 1);
    const OnnxValue is_moved = g.op("And", {is_tag(winner), g.op("Not", {g.op("Equal", {winner, g.first_largest(scores, 1)})})});
    const OnnxValue above = g.op("Mul", {g.largest(scores, 1), g.number(1.0F + 1.2e-7F)});
    const OnnxValue raised = g.op("Where", {is_moved, above, scores});
    return {raised, g.top(raised, g.tags, 1).places};
  }

  OnnxValue most = p[0];
  for (int64_t t = 1; t < steps; ++t) most = g.op("Max", {most, p[t]});
  // Greedy: 1 + steps for the first tag named, 1 less for each later one.
  OnnxValue scores = most, named, names = g.number(0);
  for (int64_t t = 0; t < steps; ++t) {
    const bool masked = !decode.repeat && t > 0;
    const OnnxValue remaining = masked ? g.op("Where", {named, g.number(-1), p[t]}) : p[t];
    OnnxValue is_new = is_tag(g.first_largest(remaining, 1));
    if (t > 0) is_new = g.op("And", {is_new, g.op("Not", {named})});
    const OnnxValue score = g.op("Sub", {g.number(1.0F + static_cast<float>(steps)), names});
    scores = g.op("Where", {is_new, score, scores});
    named = t == 0 ? is_new : g.op("Or", {named, is_new});
    names = g.op("Add", {names, g.sum(g.cast(is_new, OnnxType::kFloat), 1)});
  }
  return {scores};
}

struct RnnPicture {
  OnnxValue v, output;
  LstmValues start;
};

RnnPicture encoded(HeadGraph& g, const OrderedRnnOptions& options) {
  RnnPicture picture;
  const OnnxValue x = options.feature_norm ? g.batch_norm("norm", g.features) : g.features;
  if (options.state != InitialState::kZero) {
    const bool from_probabilities = options.state == InitialState::kProbabilities;
    const OnnxValue u = from_probabilities ? g.op("Sigmoid", {logits_of_classifier(g, "classifier.", x, false)}) : x;
    picture.start.h = g.linear("start_h", u);
  }
  if (options.image_feed != ImageFeed::kNone) {
    picture.v = g.linear("image_embedding", x);
    if (options.relu_image) picture.v = g.op("Relu", {picture.v});
  }
  if (options.output == SequenceOutput::kJoint) picture.output = g.linear("image_projection", x);
  if (options.image_feed == ImageFeed::kFirst) picture.start = g.lstm_step(g.lstm_gates(picture.v), picture.start);
  return picture;
}

HeadOutput one_input_graph(HeadGraph& g, const OrderedRnnOptions& options, const RnnPicture& picture) {
  const OnnxValue gates = g.lstm_gates(picture.v);
  LstmValues state = picture.start;
  std::vector<OnnxValue> p;
  const int64_t steps = std::min(options.decode.steps_or(options.steps), g.tags);
  for (int64_t t = 0; t < steps; ++t) {
    state = g.lstm_step(gates, state);
    p.push_back(g.softmax(g.linear("output", state.h)));
  }
  return ranked_steps(g, options.decode, p);
}

}  // namespace

HeadOutput head_graph(HeadGraph& g, const MultiOrderOptions& options) {
  LstmValues state = multi_order_start(g, options);
  OnnxValue previous = g.start_tags(), pooled;
  for (int64_t t = 0; t < options.steps; ++t) {
    state = g.lstm_step(g.lstm_gates(g.embedding("embedding", previous)), state);
    const bool two_layers = options.head == OutputHead::kTanhTwoLayer;
    const OnnxValue f = g.linear("output", two_layers ? g.op("Tanh", {g.linear("projection", state.h)}) : state.h);
    pooled = t == 0 ? f : g.op("Max", {pooled, f});
    if (t + 1 < options.steps) previous = g.reshape(g.first_largest(f, 1), {-1});
  }
  return {g.op("Sigmoid", {pooled})};
}

HeadOutput head_graph(HeadGraph& g, const OrderedRnnOptions& options) {
  const RnnPicture picture = encoded(g, options);
  if (options.feedback == Feedback::kNone) return one_input_graph(g, options, picture);
  const int64_t embedding = options.embedding;
  const StepGraph step = [&](const SequenceStep& at, std::vector<OnnxValue>& state) {
    OnnxValue z = g.embedding("embedding", at.previous);
    if (options.image_feed == ImageFeed::kEvery) {
      z = g.op("Concat", {z, at.of_beams(g, picture.v, options.image_embedding)}, {{"axis", 1}});
    }
    const LstmValues next = g.lstm_step(g.lstm_gates(z), {state[0], state[1]});
    state = {next.h, next.c};
    if (options.output == SequenceOutput::kLinear) return g.softmax(g.linear("output", next.h));
    const OnnxValue sum = g.op("Add", {g.linear("projection", next.h), at.of_beams(g, picture.output, embedding)});
    return g.softmax(g.product(g.op("Relu", {sum}), "embedding.weight", {}));
  };
  const DecodeOptions& decode = options.decode;
  const SequenceDecoding search{.beam_width = decode.beams(),
                                .steps = decode.exactly > 0 ? decode.exactly : decode.steps_or(options.steps),
                                .minimum_tags = decode.exactly,
                                .end = options.end,
                                .repeat = decode.repeat};
  return sequence_graph(g, search, SequenceScore::kNamedFirst, {picture.start.h, picture.start.c}, step);
}

}  // namespace tagloom
