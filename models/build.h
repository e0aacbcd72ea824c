#pragma once
// From settings to a model, its optimizer and its schedule.
#include <memory>

#include "engine/optim/average.h"
#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "models/decoding/tag_statistics.h"
#include "models/settings/settings.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

// Where a tagger's values come from: those of a new one from train.seed and, for the backbone, from the file backbone.weights
// where that is set; those of a trained one from a checkpoint, which is about to be loaded (engine/train/checkpoint.h).
enum class StartFrom { kSettings, kCheckpoint };

// The tagger that the settings describe, on `device`.
std::unique_ptr<CnnTagger> build_tagger(const Settings& settings, const TagStatistics& tags, Device device,
                                        StartFrom start = StartFrom::kSettings);

// Two groups: the head, and the backbone where it is trained.
std::unique_ptr<Optimizer> build_optimizer(const Settings& settings, CnnTagger& tagger);

// Of the values that are trained, and of the running statistics beside them; null where optim.average is none.
std::unique_ptr<WeightAverage> build_average(const Settings& settings, CnnTagger& tagger, int64_t batches_per_epoch);
std::unique_ptr<Schedule> build_schedule(const Settings& settings, int64_t batches_per_epoch);

}  // namespace tagloom
