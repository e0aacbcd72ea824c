#pragma once
// From a model that says the next tag to one sequence of tags a picture: greedy search and beam search, over all pictures of a batch
// at once. A model is a function that makes one step; what it remembers between steps it keeps itself, one row a beam.
//
//   score of a sequence a_1 .. a_n = sum_t log p(a_t | a_1 .. a_{t-1}), and log p(END) where END closed it
//
// Greedy search is beam search of width 1. Each step keeps the `beam_width` best extensions of a picture's beams; those by END are
// candidates, and the search ends when no beam is left, or none is better than the best candidate (a beam only gets worse): Wang et al.,
// CVPR 2016, section 3.3. Class V is END in what a model answers and START in what it is told.
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/ops/ops.h"
#include "engine/train/tagger.h"
#include "models/decoding/decode_options.h"

namespace tagloom {

struct SequenceDecoding {
  int64_t beam_width = 1;        // 1: greedy
  int64_t steps = 10;            // at most so many tags
  int64_t minimum_tags = 0;      // END is forbidden before; minimum_tags = steps gives exactly so many
  double least_probability = 0;  // a path is not continued to below this probability; where none goes on, the best of them ends
  bool end = true;               // class V of the answers is END; false: there is none, all steps are run
  bool repeat = false;           // a tag may be named again; it counts where it stands first
};

// What a model is told of the B beams that live; on the model's device.
struct BeamStep {
  int64_t step;     // 0, 1, ...
  Tensor previous;  // int32 [B]: the tag each named last; at step 0 START, which is V
  Tensor parent;    // int32 [B]: its row among the beams of the step before; of step 0: 0 .. N-1
  Tensor picture;   // int32 [B]: its row in the batch
};

// The probabilities of the next tag: Var [B, V], or [B, V+1] with END. They need not sum to 1.
using StepFunction = std::function<Var(const BeamStep&)>;

// Rows of what a model remembers: a beam goes on from the row of its parent, and looks at the row of its picture.
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
};

// One sequence a picture of a batch of N. Ties: the better parent, then the lower tag, then the earlier candidate.
std::vector<DecodedSequence> decode_sequences(const SequenceDecoding& decoding, int64_t pictures, int64_t tags, Device device,
                                              const StepFunction& step);

// Ranking: named tags first, in their order, then the rest by `most`. Scores: kNamedFirst: 1 + most of a named tag, most of another, so
// that a threshold of 1 gives out what was named and nothing else; kMost: most; kEmission: emission, where a threshold of 0 does that.
Predictions predictions_of(const std::vector<DecodedSequence>& sequences, int64_t tags,
                           SequenceScore score = SequenceScore::kNamedFirst);

}  // namespace tagloom
