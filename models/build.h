#pragma once
// From settings to a model, its optimizer and its schedule: the one table of what each kind is made of.
#include <memory>

#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

// The tagger the settings describe, on `device`, with initial values from train.seed; the backbone's weights are read from
// backbone.weights where that is set.
std::unique_ptr<CnnTagger> build_tagger(const Settings& settings, int64_t tags, Device device);

// Two groups: the head, and the backbone where it is trained.
std::unique_ptr<Optimizer> build_optimizer(const Settings& settings, CnnTagger& tagger);
std::unique_ptr<Schedule> build_schedule(const Settings& settings, int64_t batches_per_epoch);

}  // namespace tagloom
