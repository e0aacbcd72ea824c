// The LSTMs that attend to the picture at each step: order_free to its places, jvsp to its features.
#include "models/onnx/head_graphs.h"
#include "models/onnx/sequence_graph.h"

namespace tagloom {
namespace {

// VisualAttention (models/taggers/visual_attention.h).
struct AttentionMap {
  OnnxValue values, keys;  // [N,P,M], [N,P,A]
};

AttentionMap attention_map(HeadGraph& g, const OrderFreeOptions& options) {
  OnnxValue v = g.linear("attention.value", g.reshape(g.features, {-1, g.feature_count}));
  if (options.feature_norm) v = g.batch_norm("attention.norm", v);
  return {g.reshape(v, {-1, g.places, options.image_embedding}),
          g.reshape(g.linear("attention.key", v), {-1, g.places, options.attention})};
}

OnnxValue attended(HeadGraph& g, const OrderFreeOptions& options, const AttentionMap& map, const OnnxValue& h, int64_t beams) {
  const OnnxValue query = g.reshape(g.linear("attention.query", h), {-1, beams, 1, options.attention});
  const OnnxValue sum = g.op("Relu", {g.op("Add", {g.unsqueeze(map.keys, 1), query})});  // [N,B,P,A]
  const OnnxValue column = g.op("Unsqueeze", {g.weight_of("attention.score.weight"), g.list({1})});
  const OnnxValue score = g.reshape(g.op("MatMul", {sum, column}), {-1, beams, g.places});
  const OnnxValue seen = g.op("MatMul", {g.softmax(score), map.values});  // [N,B,M]
  const OnnxValue gate = g.op("Sigmoid", {g.linear("attention.gate", h)});
  return g.op("Mul", {gate, g.reshape(seen, {-1, options.image_embedding})});
}

// The knowledge that jvsp keeps after a step: its state times the largest probability of a tag.
OnnxValue known(HeadGraph& g, const OnnxValue& h, const OnnxValue& p) {
  return g.op("Mul", {h, g.largest(g.slice(p, 1, 0, g.tags), 1)});
}

}  // namespace

HeadOutput head_graph(HeadGraph& g, const OrderFreeOptions& options) {
  const bool has_end = options.alignment != Alignment::kNone;
  const AttentionMap map = attention_map(g, options);
  const OnnxValue mean = g.mean(map.values, 1);
  const StepGraph step = [&](const SequenceStep& at, std::vector<OnnxValue>& state) {
    const OnnxValue seen = attended(g, options, map, state[0], at.beams);
    const OnnxValue input = g.op("Concat", {g.embedding("embedding", at.previous), seen}, {{"axis", 1}});
    const LstmValues next = g.lstm_step(g.lstm_gates(input), {state[0], state[1]});
    state = {next.h, next.c};
    const OnnxValue f = g.linear("output", next.h);
    return has_end ? g.softmax(f) : g.op("Sigmoid", {f});
  };
  const DecodeOptions& decode = options.decode;
  const SequenceDecoding search{.beam_width = decode.beams(),
                                .steps = std::min(decode.steps_or(options.steps), g.tags),
                                .least_probability = decode.least_probability,
                                .end = has_end,
                                .repeat = decode.repeat};
  return sequence_graph(g, search, SequenceScore::kNamedFirst, {g.linear("start_h", mean), g.linear("start_c", mean)}, step);
}

HeadOutput head_graph(HeadGraph& g, const JvspOptions& options) {
  const OnnxValue x = options.feature_norm ? g.batch_norm("norm", g.features) : g.features;
  const OnnxValue image = options.image_linear ? g.linear("image", x) : x;
  const auto rescaled = [&](const OnnxValue& weights, int64_t width) {
    return options.scale_softmax ? g.op("Mul", {weights, g.number(static_cast<float>(width))}) : weights;
  };
  // The state: h, c, the sum of lambda h of the earlier steps.
  const StepGraph step = [&](const SequenceStep& at, std::vector<OnnxValue>& state) {
    OnnxValue guidance = g.embedding("guide_embedding", at.previous);
    if (at.step > 0) {
      const OnnxValue k = g.op("Mul", {g.linear("knowledge", state[2]), g.number(1.0F / static_cast<float>(at.step))});
      guidance = g.op("Add", {guidance, k});
    }
    const OnnxValue seen = rescaled(g.softmax(g.op("Mul", {at.of_beams(g, image, options.hidden), guidance})), options.hidden);
    const OnnxValue word = g.embedding("tag_embedding", at.previous);
    const OnnxValue refinement = g.linear("refine", g.op("Tanh", {g.op("Add", {word, g.linear("visual", seen)})}));
    const OnnxValue refined = rescaled(g.softmax(g.op("Mul", {word, refinement})), options.embedding);
    const OnnxValue input = g.op("Concat", {seen, refined}, {{"axis", 1}});
    const LstmValues next = g.lstm_step(g.lstm_gates(input), {state[0], state[1]});
    const OnnxValue p = g.softmax(g.linear("output", g.op("Add", {next.h, seen})));
    const OnnxValue now = known(g, next.h, p);
    state = {next.h, next.c, at.step == 0 ? now : g.op("Add", {state[2], now})};
    return p;
  };
  const DecodeOptions& decode = options.decode;
  const SequenceDecoding search{.steps = decode.exactly > 0 ? decode.exactly : decode.steps_or(options.steps),
                                .minimum_tags = decode.exactly};
  return sequence_graph(g, search, decode.sequence_score, {"", "", ""}, step);
}

}  // namespace tagloom
