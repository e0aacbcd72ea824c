#pragma once
// Per-tag calibration and thresholds: how a score becomes a probability, and above which score the tag is predicted. Fitted once
// on validation pictures, which are used neither for training nor for testing, and saved with the weights.
//
//   probability   p = sigmoid(slope z + offset),  z = log(score / (1 - score))      (Platt 1999, on the log-odds of the score)
//   threshold     maximises F1 on those pictures; halfway between the lowest score above and the highest below
#include <span>
#include <string>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

struct TagDecision {
  float threshold = 0.5f;
  double slope = 1, offset = 0;
  float calibrated_threshold = 0.5f;  // for the probability instead of the score
};

using TagDecisions = std::vector<TagDecision>;  // by tag

// scores of one tag, from 0; truth 0 or 1. The threshold is not negative, so no score of 0 is above it. Returns `otherwise` if no
// picture with a score above 0 has the tag. For equal F1s, the highest threshold.
float fit_threshold(std::span<const float> scores, std::span<const uint8_t> truth, float otherwise);

// Scores in [0, 1]. Maximises the likelihood with Platt's targets, (positives + 1) / (positives + 2) and 1 / (negatives + 2), by
// Newton's method. If that would reverse the order of the scores, the slope stays 1.
void fit_probability(std::span<const float> scores, std::span<const uint8_t> truth, TagDecision& decision);

float probability_of(const TagDecision& decision, float score);

// Replaces every score by its tag's probability; afterwards the scores rank the tags.
void calibrate(const TagDecisions& decisions, Predictions& predictions);

// [V], for the scores or, if calibrated, for the probabilities.
std::vector<float> thresholds_of(const TagDecisions& decisions, bool calibrated);

// scores [N,V] in [0, 1], N lists of true tags. Throws Error(kUsage) for any other score.
TagDecisions fit_decisions(std::span<const float> scores, std::span<const TagList> truth, int64_t tags, float otherwise);

// Text with a heading, one line per tag, and a last line with the hash of the weights that they were fitted to (weights_hash() in
// engine/train/checkpoint.h) and a checksum of the lines above it:
//
//   tag     threshold       slope   offset  calibrated_threshold
//   sky     0.25    1.5     -0.5    0.5
//   # weights 8a3f... checksum 91c2...
std::string decisions_text(const TagDecisions& decisions, const std::vector<std::string>& names, const std::string& weights);

// Throws Error(kData) naming file and line for other tags, a threshold outside 0 to 1, a slope that is not above 0, an offset that is
// not finite, a wrong checksum, or other weights (not compared if `weights` is empty). Warns (kernels/base/warning.h) if there is no
// last line, as in files of older versions.
TagDecisions read_decisions(const std::string& path, const std::vector<std::string>& names, const std::string& weights);

}  // namespace tagloom
