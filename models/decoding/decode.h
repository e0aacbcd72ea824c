#pragma once
// From the tag distributions of an LSTM's steps to one order of all tags.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/train/tagger.h"
#include "models/settings/settings.h"

namespace tagloom {

// kGreedy: step t names its most probable tag among those not named yet.
// kExpectedGain: a tag's score is the sum over steps of p_t(tag) * w(t), what it is worth to find it at that step;
// w(t) = 1/(t+1) (Gain::kReciprocal) or (S-t)/S over S steps (Gain::kLinear).
struct StepDecoding {
  DecodeMethod method = DecodeMethod::kExpectedGain;
  int64_t steps = 10;      // of the LSTM
  int64_t gain_steps = 4;  // kExpectedGain: steps 0 .. gain_steps-1 count
  Gain worth = Gain::kReciprocal;
  bool first_greedy = true;  // kExpectedGain: the first place goes to the most probable tag of step 0
  bool repeat = false;       // kGreedy: a tag may be named again (its first place counts)
};

// p [steps,tags] of one picture -> all tags, best first; scores [tags]: their scores, descending in that order. After the
// named tags of kGreedy come the rest by their greatest probability over the steps. Ties: the lower tag first.
std::vector<int32_t> decode_steps(const StepDecoding& decoding, std::span<const float> p, int64_t steps, int64_t tags,
                                  std::span<float> scores);

// The same for N pictures: p [steps,N,tags]. The scores of the first step are its probabilities.
Predictions decode_all_steps(const StepDecoding& decoding, std::span<const float> p, int64_t steps, int64_t pictures,
                             int64_t tags);

}  // namespace tagloom
