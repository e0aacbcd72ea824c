#pragma once
// Decodes one sequence of tags per picture from a model that predicts the next tag: greedy search and beam search, for all
// pictures of a batch at once. A model is a function that runs one step; it keeps its own state between steps, one row per beam.
//
//   score of a sequence a_1 .. a_n = sum_t log p(a_t | a_1 .. a_{t-1}), plus log p(END) if END ended it
//
// Greedy search is beam search of width 1. Each step keeps the `beam_width` best extensions of a picture's beams. Extensions by
// END become candidates; the search ends when no beam is left or no beam beats the best candidate (scores only fall): Wang et
// al., CVPR 2016, section 3.3. Class V means END in a model's output and START in its input.
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/ops/ops.h"
#include "engine/train/tagger.h"
#include "models/decoding/decode_options.h"
#include "models/decoding/step_path.h"

namespace tagloom {

struct SequenceDecoding {
  int64_t beam_width = 1;        // 1: greedy
  int64_t steps = 10;            // at most this many tags
  int64_t minimum_tags = 0;      // END is forbidden before; minimum_tags = steps names exactly that many
  double least_probability = 0;  // no path extends below this probability; if none can, the best one ends
  bool end = true;               // class V of the output is END; false: no END, all steps run
  bool repeat = false;           // a tag may be named again; its first place counts
  int64_t competing = 0;         // if above 0, record the path with this many tags per step
};

// The input of a step for the B live beams, on the model's device.
struct BeamStep {
  int64_t step;     // 0, 1, ...
  Tensor previous;  // int32 [B]: the last tag of each beam; at step 0 START, which is V
  Tensor parent;    // int32 [B]: row of its parent in the previous step; at step 0, 0 .. N-1
  Tensor picture;   // int32 [B]: row of its picture in the batch
};

// The probabilities of the next tag: Var [B, V], or [B, V+1] with END. They need not sum to 1.
using StepFunction = std::function<Var(const BeamStep&)>;

// Gathers rows of a model's state: a beam continues from the row of its parent, and reads the row of its picture.
inline Var take_rows(const Var& x, const Tensor& rows) { return embedding(x, rows); }
inline LstmState take_rows(const LstmState& state, const Tensor& rows) {
  return {take_rows(state.h, rows), take_rows(state.c, rows)};
}

struct DecodedSequence {
  std::vector<int32_t> tags;         // in the order named, each once
  bool ended = false;                // by END
  double log_probability = 0;        // the score above
  std::vector<float> most = {};      // [V]: the largest probability of each tag over the steps of this sequence, END's step too
  std::vector<float> first = {};     // [V]: the probabilities of the first step
  std::vector<float> emission = {};  // [V]: the probability of each named tag at the step that first named it, 0 of the others
  StepPath path = {};                // if SequenceDecoding::competing is set; the last step is END if the sequence ends with END
};

// One sequence per picture of a batch of N. Ties: the better parent, then the lower tag, then the earlier candidate.
std::vector<DecodedSequence> decode_sequences(const SequenceDecoding& decoding, int64_t pictures, int64_t tags, Device device,
                                              const StepFunction& step);

// Ranking: named tags first, in their order, then the rest by `most`. Scores: kNamedFirst: 1 + most for named tags, most for the
// others, so a threshold of 1 selects exactly the named tags; kMost: most; kEmission: emission, for which a threshold of 0 does
// so.
Predictions predictions_of(const std::vector<DecodedSequence>& sequences, int64_t tags,
                           SequenceScore score = SequenceScore::kNamedFirst);

std::vector<StepPath> paths_of(std::vector<DecodedSequence> sequences);

}  // namespace tagloom
