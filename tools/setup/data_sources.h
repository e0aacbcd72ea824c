#pragma once
// Builds picture readers and batch sources from the settings.
#include <functional>
#include <memory>

#include "engine/batches/batch_source.h"
#include "models/settings/settings.h"

namespace tagloom {

// How test and validation pictures are opened: by the same rules, with the vocabulary of the training pictures.
DatasetOptions evaluation_options(const Settings& settings);

PictureReaderSettings reader_settings(const Settings& settings, bool training);

// A batch source over a dataset: shuffled and augmented if `training`, and reading features from `table` unless that is null.
std::unique_ptr<BatchSource> make_source(const Settings& settings, const Dataset& dataset, const FeatureTable* table,
                                         bool training, int64_t batch_size, Device device,
                                         std::function<void(const ReadFailure&)> on_failure);

}  // namespace tagloom
