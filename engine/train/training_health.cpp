// Compares losses and weights with their limits.
#include "engine/train/training_health.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tagloom {
namespace {

// Small batches differ, so the mean includes a few steps. At a high learning rate these losses rise already: the limit lets the
// mean of 32 steps rise to 17 times the first loss at most.
constexpr int64_t kFirstPictures = 32;
constexpr double kMostOfMean = 2;

bool within(const Tensor& tensor, float limit) {
  const std::vector<Real> copy = tensor.device().is_cuda() ? tensor.to_vector() : std::vector<Real>();
  const Real* const values = copy.empty() ? tensor.data() : copy.data();
  return std::all_of(values, values + tensor.count(), [&](Real x) { return std::abs(x) <= limit; });  // false for NaN
}

bool weights_within(const Tagger& model, float limit) {
  const std::vector<Parameter*> parameters = model.parameters();
  return std::all_of(parameters.begin(), parameters.end(),
                     [&](const Parameter* parameter) { return !parameter->trainable || within(parameter->value, limit); });
}

}  // namespace

void TrainingHealth::observe(bool first, int64_t pictures_of_step, double loss, double gradient_norm) {
  if (first || (pictures > 0 && pictures < kFirstPictures)) {
    const auto include = [&](double& mean, double value) {
      if (mean > 0) value = std::min(value, kMostOfMean * mean);
      mean += (value - mean) * static_cast<double>(pictures_of_step) / static_cast<double>(pictures + pictures_of_step);
    };
    include(untrained_loss, loss);
    include(untrained_gradient, gradient_norm);
    pictures += pictures_of_step;
  }
  exploded_steps = exploded(loss) ? exploded_steps + 1 : 0;
}

bool TrainingHealth::exploded(double loss) const {
  return !std::isfinite(loss) || (untrained_loss > 0 && loss > kExplosion * untrained_loss);
}

bool TrainingHealth::is_sane(double loss, const Tagger& model) const {
  return std::isfinite(loss) && (untrained_loss <= 0 || loss <= untrained_loss) && weights_within(model, kLargestWeight);
}

bool is_finite(const Tagger& model) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const std::vector<NamedBuffer> buffers = model.named_buffers();
  return weights_within(model, kLargest) &&
         std::all_of(buffers.begin(), buffers.end(), [](const NamedBuffer& buffer) { return within(*buffer.tensor, kLargest); });
}

double loss_without_step(Tagger& model, const Batch& batch) {
  Tape tape(Tape::kForwardOnly);
  return model.loss(tape, batch).value().item();
}

}  // namespace tagloom
