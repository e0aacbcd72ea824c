#pragma once
// Builds a model, its optimizer and its learning-rate schedule from settings.
#include <memory>

#include "engine/optim/average.h"
#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "models/decoding/tag_statistics.h"
#include "models/settings/settings.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

// Source of the initial weights. kSettings: drawn from train.seed, and the backbone's read from backbone.weights if that is set.
// kCheckpoint: left to a checkpoint that the caller loads next (engine/train/checkpoint.h).
enum class StartFrom { kSettings, kCheckpoint };

// Builds the tagger that the settings describe, on `device`.
std::unique_ptr<CnnTagger> build_tagger(const Settings& settings, const TagStatistics& tags, Device device,
                                        StartFrom start = StartFrom::kSettings);

// Groups the parameters into those of the head and, if it is trained, those of the backbone.
std::unique_ptr<Optimizer> build_optimizer(const Settings& settings, CnnTagger& tagger);

// Averages the trained parameters and the running statistics; null if optim.average is "none".
std::unique_ptr<WeightAverage> build_average(const Settings& settings, CnnTagger& tagger, int64_t batches_per_epoch);
std::unique_ptr<Schedule> build_schedule(const Settings& settings, int64_t batches_per_epoch);

}  // namespace tagloom
