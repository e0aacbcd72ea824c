#pragma once
// What the settings say of data: datasets, pictures as the network gets them, and batches.
#include <memory>

#include "engine/batches/batch_source.h"
#include "engine/run/progress.h"
#include "models/settings/settings.h"

namespace tagloom {

PictureReaderSettings reader_settings(const Settings& settings, bool training);

// A source over a dataset, shuffled and augmented where `training`, from `table` where that is given.
std::unique_ptr<BatchSource> make_source(const Settings& settings, const Dataset& dataset, const FeatureTable* table,
                                         bool training, int64_t batch_size, Device device, Progress& progress);

}  // namespace tagloom
