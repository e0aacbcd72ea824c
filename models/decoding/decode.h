#pragma once
// Ranks all tags by the distributions of an LSTM's steps.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/train/tagger.h"
#include "models/decoding/decode_options.h"
#include "models/decoding/step_path.h"

namespace tagloom {

// DecodeMethod::kGreedy (and kAuto): step t names its most probable tag among those not named yet; with `repeat` a tag may be named
// again, and its first place counts.
// kExpectedGain: a tag's score is the sum over the first gain_steps steps of p_t(tag) * w(t), the gain of finding it at that step;
// w(t) = 1/(t+1) (Gain::kReciprocal) or (S-t)/S over S steps (Gain::kLinear). With `first_greedy` the first place goes to the most
// probable tag of step 0; if it is not first by its own score, it gets the next float above the greatest score.

// p [steps,tags] of one picture -> all tags, best first; scores [tags]: their scores, descending in that order. After the
// named tags of kGreedy come the rest by their greatest probability over the steps. Ties: the lower tag first.
std::vector<int32_t> decode_steps(const DecodeOptions& decoding, std::span<const float> p, int64_t steps, int64_t tags,
                                  std::span<float> scores);

// The same for N pictures: p [steps,N,tags]. The scores of the first step are its probabilities.
Predictions decode_all_steps(const DecodeOptions& decoding, std::span<const float> p, int64_t steps, int64_t pictures,
                             int64_t tags);

// The `competing` most probable tags of each step, and the tag chosen at it (step_path.h). steps <= tags.
std::vector<StepPath> paths_of_steps(const DecodeOptions& decoding, std::span<const float> p, int64_t steps, int64_t pictures,
                                     int64_t tags, int64_t competing);

}  // namespace tagloom
