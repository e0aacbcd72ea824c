#pragma once
// Detects a training that has diverged, by comparing losses with the untrained model's.
//
//   sane      loss <= untrained loss, and trained weights <= kLargestWeight: better than starting again
//   exploded  loss not finite, or > kExplosion * untrained loss
//
// A state that is neither may recover. Losses are not compared with the lowest one so far: a loss near zero at the end of a
// training may rise to many times its value.
#include <cstdint>

#include "engine/batches/batch.h"
#include "engine/train/tagger.h"

namespace tagloom {

constexpr double kExplosion = 1e6;  // linear models can rank tags well at a thousand times their first loss
constexpr int64_t kExplodedSteps = 20;
constexpr float kLargestWeight = 1e4F;  // batch norm hides large weights from the loss, but they no longer learn

// Part of a training's position. A checkpoint of an older version lacks it: then only numbers that are not finite are recognized.
struct TrainingHealth {
  double untrained_loss = 0;      // mean over the first pictures; 0: not known
  double untrained_gradient = 0;  // the same for the gradient's norm
  int64_t pictures = 0;           // in these means
  int64_t exploded_steps = 0;     // consecutive
  bool sane = true;               // the state at this position

  // Call after each step, with what was computed before its update. `first`: the first step of a run.
  void observe(bool first, int64_t pictures_of_step, double loss, double gradient_norm);
  bool exploded(double loss) const;
  bool is_sane(double loss, const Tagger& model) const;
};

bool is_finite(const Tagger& model);                          // trained weights and running statistics
double loss_without_step(Tagger& model, const Batch& batch);  // as in evaluation; changes nothing

}  // namespace tagloom
