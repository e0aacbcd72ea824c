// The taggers that are fitted without epochs: linear machines and nearest neighbours.
#include <algorithm>
#include <cmath>

#include "models/onnx/head_graphs.h"

namespace tagloom {
namespace {

// x / |x|; zeros stay zeros.
OnnxValue unit_length(HeadGraph& g, const OnnxValue& x) {
  const OnnxValue wide = g.cast(x, OnnxType::kDouble);
  const OnnxValue length = g.op("Sqrt", {g.sum(g.op("Mul", {wide, wide}), 1)});
  const OnnxValue divisor = g.op("Where", {g.op("Greater", {length, g.number64(0)}), length, g.number64(1)});
  return g.cast(g.op("Div", {wide, divisor}), OnnxType::kFloat);
}

// The training pictures of a nearest-neighbour tagger, and their distances to the pictures.
struct NeighbourGraph {
  explicit NeighbourGraph(HeadGraph& graph, const FeatureMapOptions& map)
      : g(graph), rows(graph.shape("training.labels")[0]), x(mapped_features(graph, map)) {
    const Shape shape = g.shape("training.features");
    const std::vector<Real> features = g.values("training.features");
    std::vector<float> minus;
    for (int64_t row = 0; row < rows; ++row) {
      double square = 0;
      for (int64_t i = row * shape[1]; i < (row + 1) * shape[1]; ++i) square += double{features[i]} * features[i];
      minus.push_back(static_cast<float>(-square));
    }
    const std::vector<Real> table = g.values("training.labels");
    labels = std::vector<uint8_t>(table.begin(), table.end());
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t tag = 0; tag < g.tags; ++tag) count.at(tag) += labels[row * g.tags + tag];
    }
    const OnnxValue minus_square = g.weight("training.minus_square", std::span<const float>(minus), {rows});
    closeness = g.op("Gemm", {g.op("Mul", {x, g.number(2)}), g.weight_of("training.features"), minus_square}, {{"transB", 1}});
    const OnnxValue wide = g.cast(x, OnnxType::kDouble);
    square = g.sum(g.op("Mul", {wide, wide}), 1);
    of_rows = g.weight("training.tags", std::span<const uint8_t>(labels), {rows, g.tags});
  }

  OnnxValue distance(const OnnxValue& close) {  // of [N,any], double
    const OnnxValue difference = g.op("Sub", {square, g.cast(close, OnnxType::kDouble)});
    return g.op("Sqrt", {g.op("Max", {difference, g.number64(0)})});
  }

  struct Nearest {
    int64_t k;
    OnnxValue distance;  // double [N,K]
    OnnxValue tags;      // double [N,K,V]: 0 or 1
  };
  Nearest nearest(int64_t wanted) {
    const int64_t k = std::min(wanted, rows);
    const GraphBuilder::Top top = g.top(closeness, k, 1);
    return {k, distance(top.values), g.cast(g.op("Gather", {of_rows, top.places}), OnnxType::kDouble)};
  }
  OnnxValue votes(const OnnxValue& weights, const OnnxValue& tags) {  // [N,K], [N,K,V] -> [N,V]
    return g.reshape(g.op("MatMul", {g.unsqueeze(weights, 1), tags}), {-1, g.tags});
  }

  HeadOutput output(const OnnxValue& scores, Balance balance = Balance::kNone) {
    OnnxValue out = g.cast(scores, OnnxType::kFloat);
    if (balance != Balance::kNone) out = g.op("Mul", {out, g.weight_of("factor")});
    return {out};
  }

  HeadGraph& g;
  int64_t rows;                                                  // R
  OnnxValue x, closeness, square, of_rows;                       // [N,D], [N,R], double [N,1], uint8 [R,V]
  std::vector<uint8_t> labels;                                   // [R,V]
  std::vector<int64_t> count = std::vector<int64_t>(g.tags, 0);  // of training pictures with a tag
};

int64_t count_of(double value) { return static_cast<int64_t>(std::clamp(value, 1.0, 1e9)); }

}  // namespace

OnnxValue mapped_features(HeadGraph& g, const FeatureMapOptions& map) {
  OnnxValue x = g.features;
  if (map.normalise == Normalisation::kHellinger) x = g.op("Mul", {g.op("Sign", {x}), g.op("Sqrt", {g.op("Abs", {x})})});
  if (map.normalise != Normalisation::kNone) x = unit_length(g, x);
  if (map.projection == Projection::kNone) return x;
  return unit_length(g, g.product(x, "map.projection", "map.offset"));
}

HeadOutput linear_machine_graph(HeadGraph& g, const FeatureMapOptions& map) {
  return {g.op("Sigmoid", {g.linear("output", mapped_features(g, map))})};
}

HeadOutput head_graph(HeadGraph& g, const KnnOptions& options) {
  NeighbourGraph graph(g, options.map);
  const auto found = graph.nearest(count_of(g.chosen("neighbours.k")));
  OnnxValue weights;
  if (options.vote == Vote::kCount) {
    weights = g.op("Sub", {g.number64(1), g.op("Mul", {found.distance, g.number64(0)})});
  } else {
    const OnnxValue mean = g.op("ReduceMean", {found.distance}, {{"axes", std::vector<int64_t>{1}}});
    const OnnxValue divisor = g.op("Where", {g.op("Greater", {mean, g.number64(0)}), mean, g.number64(1)});
    weights = g.op("Exp", {g.op("Neg", {g.op("Div", {found.distance, divisor})})});
  }
  return graph.output(g.op("Div", {graph.votes(weights, found.tags), g.sum(weights, 1)}), options.balance);
}

HeadOutput head_graph(HeadGraph& g, const JecOptions& options) {
  NeighbourGraph graph(g, options.map);
  const auto found = graph.nearest(count_of(g.chosen("neighbours.k")));
  const int64_t v = g.tags;
  std::vector<double> both(v * v, 0), frequency, prior;
  for (int64_t row = 0; row < graph.rows; ++row) {
    const uint8_t* const tags = graph.labels.data() + row * v;
    for (int64_t a = 0; a < v; ++a) {
      for (int64_t b = 0; b < v && tags[a] != 0; ++b) both[a * v + b] += tags[b];
    }
  }
  for (const int64_t count : graph.count) {
    frequency.push_back(static_cast<double>(count));
    prior.push_back(0.5 + 0.5 * static_cast<double>(count) / static_cast<double>(graph.rows));
  }
  const OnnxValue first = g.reshape(g.slice(found.tags, 1, 0, 1), {-1, v});
  OnnxValue rest = g.number64(0);
  if (found.k > 1) {
    const OnnxValue together = g.op("MatMul", {first, g.doubles(both, {v, v})});
    const OnnxValue most = g.op("MatMul", {first, g.doubles(frequency, {v, 1})});  // 0 if the first picture has no tag
    const OnnxValue divisor = g.op("Max", {most, g.number64(1)});
    const OnnxValue local = g.reshape(g.sum(g.slice(found.tags, 1, 1, found.k), 1), {-1, v});
    const OnnxValue share = g.op("Div", {local, g.number64(static_cast<double>(found.k - 1))});
    rest = g.op("Mul", {g.number64(0.5), g.op("Mul", {g.op("Div", {together, divisor}), share})});
  }
  const OnnxValue is_first = g.op("Greater", {first, g.number64(0)});
  return graph.output(g.op("Where", {is_first, g.doubles(prior, {v}), rest}));
}

HeadOutput head_graph(HeadGraph& g, const TagPropOptions& options) {
  NeighbourGraph graph(g, options.map);
  const auto found = graph.nearest(count_of(g.chosen("neighbours.k")));
  const double lambda = g.values("lambda").front(), e = TagPropProblem::kEpsilon;
  const OnnxValue least = g.slice(found.distance, 1, 0, 1);
  const OnnxValue power = g.op("Exp", {g.op("Mul", {g.op("Sub", {found.distance, least}), g.number64(-lambda)})});
  const OnnxValue votes = graph.votes(g.op("Div", {power, g.sum(power, 1)}), found.tags);
  const OnnxValue x = g.op("Add", {g.number64(e), g.op("Mul", {votes, g.number64(1 - 2 * e)})});
  if (!options.sigmoid) return graph.output(x);
  const OnnxValue slope = g.cast(g.weight_of("slope"), OnnxType::kDouble);
  const OnnxValue offset = g.cast(g.weight_of("offset"), OnnxType::kDouble);
  return graph.output(g.op("Sigmoid", {g.op("Add", {g.op("Mul", {x, slope}), offset})}));
}

HeadOutput head_graph(HeadGraph& g, const TwoPassKnnOptions& options) {
  NeighbourGraph graph(g, options.map);
  const int64_t rows = graph.rows;
  const int64_t most = std::max<int64_t>(1, *std::max_element(graph.count.begin(), graph.count.end()));
  const int64_t k = std::min(count_of(g.chosen("neighbours.per_tag")), most);
  // The pictures of each tag, [V,M]; row R, which is infinitely far, fills up those of rare tags.
  std::vector<int64_t> carriers;
  for (int64_t tag = 0; tag < g.tags; ++tag) {
    for (int64_t row = 0; row < rows; ++row) {
      if (graph.labels[row * g.tags + tag] != 0) carriers.push_back(row);
    }
    carriers.resize((tag + 1) * most, rows);
  }
  const OnnxValue table = g.weight("training.carriers", std::span<const int64_t>(carriers), {g.tags, most});
  const OnnxValue far = g.batch_of(g.numbers(std::array{-INFINITY}, {1, 1}), {1});
  const OnnxValue padded = g.op("Concat", {graph.closeness, far}, {{"axis", 1}});
  const GraphBuilder::Top top = g.top(g.op("Gather", {padded, table}, {{"axis", 1}}), k, 2);  // [N,V,K] of [N,V,M]
  const OnnxValue tables = g.batch_of(g.unsqueeze(table, 0), {g.tags, most});
  const OnnxValue found = g.reshape(g.op("GatherElements", {tables, top.places}, {{"axis", 2}}), {-1, g.tags * k});
  const OnnxValue none = g.batch_of(g.numbers(std::array{0.0F}, {1, 1}), {rows + 1});
  const OnnxValue ones = g.batch_of(g.numbers(std::array{1.0F}, {1, 1}), {g.tags * k});
  const OnnxValue marks = g.slice(g.op("ScatterElements", {none, found, ones}, {{"axis", 1}}), 1, 0, rows);
  const OnnxValue chosen = g.cast(marks, OnnxType::kDouble);  // [N,R]: 1 in the neighbourhood, else 0

  const OnnxValue distance = graph.distance(graph.closeness);
  const OnnxValue inside = g.op("Greater", {chosen, g.number64(0)});
  const OnnxValue least =
      g.op("ReduceMin", {g.op("Where", {inside, distance, g.number64(1e300)})}, {{"axes", std::vector<int64_t>{1}}});
  const OnnxValue mean = g.op("Div", {g.sum(g.op("Mul", {chosen, distance}), 1), g.op("Max", {g.sum(chosen, 1), g.number64(1)})});
  const OnnxValue divisor = g.op("Where", {g.op("Greater", {mean, g.number64(0)}), mean, g.number64(1)});
  const OnnxValue scaled = g.op("Div", {g.op("Max", {g.op("Sub", {distance, least}), g.number64(0)}), divisor});
  const OnnxValue power = g.op("Exp", {g.op("Mul", {scaled, g.number64(-g.chosen("neighbours.sharpness"))})});
  const OnnxValue weights = g.op("Mul", {power, chosen});
  const OnnxValue votes = g.op("MatMul", {weights, g.cast(graph.of_rows, OnnxType::kDouble)});
  const OnnxValue all = g.sum(votes, 1);
  const OnnxValue total = g.op("Where", {g.op("Greater", {all, g.number64(0)}), all, g.number64(1)});
  return graph.output(g.op("Div", {votes, total}), options.balance);
}

}  // namespace tagloom
