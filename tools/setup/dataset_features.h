#pragma once
// Computes the features of a dataset's pictures once, if the settings allow it.
#include <string>

#include "engine/core/interrupt.h"
#include "engine/run/progress.h"
#include "engine/train/features.h"
#include "models/settings/settings.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

// Whether a dataset's features can be computed once: no part of the model or transform before the head changes between epochs.
bool features_are_fixed(const Settings& settings, bool training);

// The features of a dataset, read from the cache or computed under a progress bar named `name`. Throws Interrupted on a signal.
FeatureTable prepare_features(const Settings& settings, CnnTagger& model, const Dataset& dataset, const std::string& name,
                              Device device, Progress& progress);

}  // namespace tagloom
