#pragma once
// The features of a dataset's pictures, where the settings let them be computed once.
#include <string>

#include "engine/run/progress.h"
#include "engine/train/features.h"
#include "models/settings/settings.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

// Whether a dataset's features can be computed once and kept: nothing in front of the head changes from epoch to epoch.
bool features_are_fixed(const Settings& settings, bool training);

// The features of a dataset, from the cache or computed under a progress bar named `name`. Throws Interrupted (below) when a
// signal comes meanwhile.
FeatureTable prepare_features(const Settings& settings, CnnTagger& model, const Dataset& dataset, const std::string& name,
                              Device device, Progress& progress);

// Thrown where there is nothing to save; the tools exit with 128 + signal.
struct Interrupted {
  int signal;
};

}  // namespace tagloom
