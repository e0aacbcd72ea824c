#pragma once
// decode_sequences() (models/decoding/sequence_decode.h) as a graph: greedy search and beam search with all steps unrolled. Every
// picture has the same number of beams at a step; those that ended have the score -infinity.
#include <functional>

#include "models/decoding/sequence_decode.h"
#include "models/onnx/head_graph.h"

namespace tagloom {

// One step of a model for N pictures of B beams each, row n * B + b.
struct SequenceStep {
  int64_t step, beams;
  OnnxValue previous;                                                             // int64 [N*B]: the last tag; at step 0 START
  OnnxValue of_beams(HeadGraph& graph, const OnnxValue& x, int64_t width) const;  // [N,width] -> [N*B,width]
};

// Returns the probabilities [N*B, V or V+1] and replaces the state by the next one. The state is a list of values [N*B, any]; an
// empty value in it is zero.
using StepGraph = std::function<OnnxValue(const SequenceStep& at, std::vector<OnnxValue>& state)>;

HeadOutput sequence_graph(HeadGraph& graph, const SequenceDecoding& decoding, SequenceScore score, std::vector<OnnxValue> start,
                          const StepGraph& step);

}  // namespace tagloom
