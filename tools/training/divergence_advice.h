#pragma once
// What a user can do after a training diverged.
#include <optional>
#include <string>

#include "engine/train/trainer.h"
#include "models/settings/settings.h"

namespace tagloom {

// A tenth of optim.learning_rate, but not above a usual rate of the optimizer.
double lower_learning_rate(const Settings& settings);

// One sentence on the state that is left and one with the command that continues: with lower learning rates, and the gradient clipped
// to the norm that it has for an untrained model. `at`: where it diverged. `restored`: the checkpoint in last.safetensors; empty: none.
std::string divergence_advice(const Settings& settings, const std::string& run, const TrainingPosition& at,
                              const std::optional<TrainingPosition>& restored);

}  // namespace tagloom
