#pragma once
// What is decided for each tag from validation pictures: how a score becomes a probability, and above which score the tag is
// given. Fitted once, on pictures that were neither trained nor are tested on, and kept beside the weights.
//
//   probability   p = sigmoid(slope z + offset),  z = log(score / (1 - score))      (Platt 1999, on the log-odds of the score)
//   threshold     the one whose F1 is greatest on those pictures; halfway between the last score above and the first below
#include <span>
#include <string>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

struct TagDecision {
  float threshold = 0.5f;
  double slope = 1, offset = 0;
  float calibrated_threshold = 0.5f;  // for the probability, in place of the score
};

using TagDecisions = std::vector<TagDecision>;  // by tag

// scores of one tag; truth 0 or 1. Where no picture carries the tag: `otherwise`. Of equal F1s the highest threshold.
float fit_threshold(std::span<const float> scores, std::span<const uint8_t> truth, float otherwise);

// Scores in [0, 1]. The maximum of the likelihood with Platt's targets, (positives + 1) / (positives + 2) and
// 1 / (negatives + 2), by Newton's method. Where that would turn the order of the scores around, the slope stays 1.
void fit_probability(std::span<const float> scores, std::span<const uint8_t> truth, TagDecision& decision);

float probability_of(const TagDecision& decision, float score);

// Makes every score of the predictions its tag's probability; the scores rank the tags from then on.
void calibrate(const TagDecisions& decisions, Predictions& predictions);

// [V], of the scores, or once these are calibrated of the probabilities.
std::vector<float> thresholds_of(const TagDecisions& decisions, bool calibrated);

// scores [N,V] in [0, 1], N lists of true tags. Throws Error(kUsage) where a score is not.
TagDecisions fit_decisions(std::span<const float> scores, std::span<const TagList> truth, int64_t tags, float otherwise);

// One line a tag under a line of names, and back. Throws Error(kData) naming the file where it does not hold these tags.
std::string decisions_text(const TagDecisions& decisions, const std::vector<std::string>& names);
TagDecisions read_decisions(const std::string& path, const std::vector<std::string>& names);

}  // namespace tagloom
