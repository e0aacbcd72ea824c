// Writes the advice of a diverged training.
#include "tools/training/divergence_advice.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "kernels/text/shell_quoted.h"

namespace tagloom {
namespace {

double rounded(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return std::atof(text);
}

double lower(double rate, const Settings& settings) {
  const double usual = settings.optim.optimizer.kind == OptimizerKind::kSgd ? 0.1 : 1e-3;
  return rounded(std::min(rate / 10, usual), 3);
}

}  // namespace

double lower_learning_rate(const Settings& settings) { return lower(settings.optim.head.learning_rate, settings); }

std::string divergence_advice(const Settings& settings, const std::string& run, const TrainingPosition& at,
                              const std::optional<TrainingPosition>& restored) {
  if (at.iteration == 0) {
    return "This is the untrained model, so no learning rate helps: check the weights in backbone.weights, and the pictures of "
           "data.train with tagdata inspect";
  }
  std::string command = "tagtrain --resume " + shell_quoted(run);
  const auto set = [&](const char* key, double value) { command += format(" --set {}={}", key, value); };
  set("optim.learning_rate", lower_learning_rate(settings));
  if (!settings.backbone.is_fixed()) set("optim.backbone.learning_rate", lower(settings.optim.backbone.learning_rate, settings));
  const double usual = at.health.untrained_gradient > 0 ? at.health.untrained_gradient : 5;
  const double clip = settings.optim.optimizer.clipping.clip_norm;
  if (clip == 0 || clip > usual) set("optim.clip_norm", rounded(usual, 1));
  if (restored) {
    return format(
        "{}/last.safetensors contains the last sane state, of iteration {} (epoch {}). Resume it with a lower learning rate: {}",
        run, restored->iteration, restored->epoch + (restored->batch > 0 ? 1 : 0), command);
  }
  return format("No state so far was better than the untrained model's. Start again with a lower learning rate: {}", command);
}

}  // namespace tagloom
