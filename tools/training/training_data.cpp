// Opens the datasets of a training, splits off validation pictures, and computes features.
#include "tools/training/training_data.h"

#include "tools/setup/data_sources.h"

namespace tagloom {

std::vector<const Dataset*> TrainingData::manifests() const {
  if (whole || validation.size() == 0) return {&train};  // both parts have the report of the whole
  return {&train, &validation};
}

TrainingData open_training_data(const Settings& settings, const Vocabulary* vocabulary) {
  const DataSettings& data = settings.data;
  TL_CHECK(!data.train.empty(),
           "data.train is not set: give the training manifest in the configuration or with --set data.train=FILE");
  const bool splits = data.validation.empty() && data.validation_fraction > 0;
  DatasetOptions how = data.dataset;
  if (!data.vocabulary.empty()) how.vocabulary.minimum_count = 1;
  const auto open = [&](DatasetUse use) {
    how.use = use;
    return vocabulary                 ? Dataset::open(data.train, *vocabulary, how)
           : !data.vocabulary.empty() ? Dataset::open(data.train, Vocabulary::load(data.vocabulary), how)
                                      : Dataset::open(data.train, how);
  };
  Dataset train = open(splits ? DatasetUse::kBoth : DatasetUse::kTraining);
  if (!data.validation.empty()) {
    Dataset validation = Dataset::open(data.validation, train.vocabulary(), evaluation_options(settings));
    return {std::move(train), std::move(validation), {}};
  }
  if (!splits) return {std::move(train), Dataset(), {}};
  if (train.size() < 2) return {open(DatasetUse::kTraining), Dataset(), {}};
  auto [rest, cut] = train.split(data.validation_fraction, static_cast<uint64_t>(settings.train.seed));
  return {std::move(rest), std::move(cut), std::move(train)};
}

TrainingFeatures prepare_training_features(const Settings& settings, CnnTagger& model, const TrainingData& data, Device device,
                                           Progress& progress) {
  const bool train = features_are_fixed(settings, true);
  const bool validation = features_are_fixed(settings, false) && data.validation.size() > 0;
  TrainingFeatures features;
  if (train && data.whole) {
    const FeatureTable whole = prepare_features(settings, model, *data.whole, "features of the pictures", device, progress);
    const auto part = [&](const Dataset& dataset) {
      FeatureTable table = part_of(whole, dataset);
      TL_CHECK_AS(ErrorKind::kData, !table.valid.empty(),
                  "{}: none of the {} pictures of its training or validation part could be read", dataset.manifest().string(),
                  dataset.size());
      return table;
    };
    features.train = part(data.train);
    if (validation) features.validation = part(data.validation);
    return features;
  }
  if (train)
    features.train = prepare_features(settings, model, data.train, "features of the training pictures", device, progress);
  if (validation) {
    features.validation =
        prepare_features(settings, model, data.validation, "features of the validation pictures", device, progress);
  }
  return features;
}

}  // namespace tagloom
