#pragma once
// Keeps the last checkpoint of a sane state (engine/train/training_health.h) as `previous` while `last` holds a newer state that is
// not sane. `last` exists at every moment, so a killed run resumes from the newest state and ends with the same bits.
#include <functional>
#include <optional>
#include <string>

#include "engine/train/trainer.h"

namespace tagloom {

// Calls save(), which replaces `last` atomically. If the new state is not sane and the old one is, the old one becomes `previous`.
// After a sane state there is no `previous`.
void replace_checkpoint(const std::string& last, const std::string& previous, bool sane, const std::function<void()>& save);

// Makes `last` the newest sane checkpoint and returns its position. Without one, removes `last`. Throws Error(kData) and removes
// nothing if a checkpoint cannot be read.
std::optional<TrainingPosition> restore_sane_checkpoint(const std::string& last, const std::string& previous);

}  // namespace tagloom
