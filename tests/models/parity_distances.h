// Measures the distances between two runs of a parity row and checks them against bounds.
//
// Every distance is a relative root mean square, |a - b| / |b|. For weights it is relative to their change in training, |b -
// first|: a lost gradient or step shows there, but not relative to the size of the weights. It is measured over all weights
// together and for the tensor with the largest distance; for a tensor that hardly moves it is relative to the average change of
// weights.
//
// In fp32 the bounds are fixed. If the weights of ResNet-101 start one part in five million apart, all weights end 0.003 apart
// and one tensor 0.05; for shallow models it is a hundredth of that.
//
// In bf16 both runs round at the same places, but sums that differ in their last bits round to different neighbours, and no fixed
// bound suits every depth. The distance of a bf16 run from fp32 measures the effect of rounding in that row; two such runs are at
// most twice as far from each other.
#pragma once

#include <algorithm>

#include "tests/models/parity.h"

namespace tagloom::test {

struct ParityDistances {
  double features = 0, scores = 0, losses = 0, weights = 0, one_tensor = 0, buffers = 0, trained_scores = 0;
  std::string tensor = {};  // the one with the largest distance
};

inline constexpr std::pair<const char*, double ParityDistances::*> kParityDistances[] = {
    {"features", &ParityDistances::features},
    {"scores", &ParityDistances::scores},
    {"losses", &ParityDistances::losses},
    {"weights", &ParityDistances::weights},
    {"weights of one tensor", &ParityDistances::one_tensor},
    {"buffers", &ParityDistances::buffers},
    {"scores of trained weights", &ParityDistances::trained_scores}};

inline const ParityDistances kFp32Bounds{.features = 1e-4,
                                         .scores = 1e-4,
                                         .losses = 3e-4,
                                         .weights = 3e-2,
                                         .one_tensor = 0.2,
                                         .buffers = 1e-3,
                                         .trained_scores = 1e-4};

template <class T>
double root_mean_square(const std::vector<T>& a) {
  double sum = 0;
  for (T value : a) sum += double{value} * value;
  return std::sqrt(sum / static_cast<double>(std::max<size_t>(1, a.size())));
}

template <class T>
std::vector<T> difference(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return {std::numeric_limits<T>::infinity()};
  std::vector<T> all(a.size());
  for (size_t i = 0; i < a.size(); ++i) all[i] = a[i] - b[i];
  return all;
}

template <class T>
double relative(const std::vector<T>& a, const std::vector<T>& b) {
  return root_mean_square(difference(a, b)) / std::max(root_mean_square(b), 1e-30);
}

// `first`: all weights before training.
inline void measure_weights(const std::vector<NamedValues>& a, const std::vector<NamedValues>& b,
                            const std::vector<NamedValues>& first, ParityDistances& found) {
  double count = 0, changed = 0, apart = 0;  // squares
  std::vector<std::pair<double, double>> of_tensors;
  for (size_t i = 0; i < b.size(); ++i) {
    const auto size = static_cast<double>(b[i].values.size());
    const double change = root_mean_square(difference(b[i].values, first[i].values));
    const double error = root_mean_square(difference(a.at(i).values, b[i].values));
    of_tensors.emplace_back(error, change);
    count += size;
    changed += size * change * change;
    apart += size * error * error;
  }
  const double average = std::sqrt(changed / std::max(count, 1.0));
  found.weights = std::sqrt(apart / std::max(changed, 1e-30));
  for (size_t i = 0; i < b.size(); ++i) {
    const auto [error, change] = of_tensors[i];
    const double distance = error / std::max({change, average, 1e-30});
    if (distance > found.one_tensor) found.one_tensor = distance, found.tensor = b[i].name;
  }
}

inline double buffer_distance(const std::vector<NamedValues>& a, const std::vector<NamedValues>& b) {
  double most = 0;
  for (size_t i = 0; i < b.size(); ++i) most = std::max(most, relative(a.at(i).values, b[i].values));
  return most;
}

inline ParityDistances distances(const ParityRun& a, const ParityRun& b) {
  ParityDistances found{.features = relative(a.features, b.features),
                        .scores = relative(a.before.predictions.scores, b.before.predictions.scores),
                        .losses = relative(a.losses, b.losses),
                        .buffers = buffer_distance(a.buffers, b.buffers)};
  measure_weights(a.weights, b.weights, b.first, found);
  return found;
}

// Empty if both rank the tags in the same order, except that neighbours whose scores differ by less than `tolerance` may swap.
inline std::string ranking_difference(const Predictions& a, const Predictions& b, double tolerance) {
  const auto ranking = [](const Predictions& p, int64_t i) {
    return p.ranking.empty() ? rank_by_score(std::span(p.scores).subspan(i * p.tag_count, p.tag_count), p.tag_count)
                             : p.ranking[i];
  };
  if (a.size() != b.size()) return format("{} pictures and {}", a.size(), b.size());
  for (int64_t i = 0; i < b.size(); ++i) {
    const auto ours = ranking(a, i), theirs = ranking(b, i);
    if (ours.size() != theirs.size()) return format("picture {}: {} tags and {}", i, ours.size(), theirs.size());
    const float* const score = b.scores.data() + i * b.tag_count;
    for (size_t at = 0; at < theirs.size(); ++at) {
      if (ours.at(at) == theirs[at]) continue;
      const bool swapped = at + 1 < theirs.size() && ours[at] == theirs[at + 1] && ours[at + 1] == theirs[at];
      if (!swapped || !(std::abs(score[ours[at]] - score[theirs[at]]) <= tolerance)) {
        return format("picture {}, place {}: tag {} ({}) in place of {} ({})", i, at, ours[at], score[ours[at]], theirs[at],
                      score[theirs[at]]);
      }
      ++at;
    }
  }
  return "";
}

// A sentence for each distance above its bound, and for different predicted tags.
inline std::vector<std::string> differences(const ParityDistances& found, const ParityDistances& bounds) {
  std::vector<std::string> sentences;
  for (const auto& [name, member] : kParityDistances) {
    if (found.*member <= bounds.*member) continue;
    const std::string which = member == &ParityDistances::one_tensor ? " (" + found.tensor + ")" : "";
    sentences.push_back(format("{}{}: {} apart, {} allowed", name, which, found.*member, bounds.*member));
  }
  return sentences;
}

inline void add_tag_difference(const char* when, const Predictions& a, const Predictions& b, double bound,
                               std::vector<std::string>& sentences) {
  const std::string difference = ranking_difference(a, b, bound * root_mean_square(b.scores));
  if (!difference.empty()) sentences.push_back(format("other tags {}: {}", when, difference));
}

inline ParityDistances bf16_bounds(const ParityRun& bf16, const ParityRun& fp32) {
  ParityDistances bounds = distances(bf16, fp32);
  bounds.trained_scores = relative(bf16.after.predictions.scores, fp32.after.predictions.scores);
  for (const auto& [name, member] : kParityDistances) bounds.*member = std::max(2 * bounds.*member, kFp32Bounds.*member);
  return bounds;
}

}  // namespace tagloom::test
