// Translates settings into picture readers and batch sources.
#include "tools/setup/data_sources.h"

#include "models/trained_run.h"

namespace tagloom {

DatasetOptions evaluation_options(const Settings& settings) {
  DatasetOptions options = settings.data.dataset;
  options.use = DatasetUse::kEvaluation;
  options.vocabulary.minimum_count = 1;
  return options;
}

PictureReaderSettings reader_settings(const Settings& settings, bool training) {
  PictureReaderSettings reader;
  reader.transform = settings.data.transform;
  reader.training = training;
  reader.workers = static_cast<int>(settings.data.workers);
  reader.seed = static_cast<uint64_t>(settings.train.seed);
  reader.on_error = settings.data.dataset.on_error;
  return reader;
}

std::unique_ptr<BatchSource> make_source(const Settings& settings, const Dataset& dataset, const FeatureTable* table,
                                         bool training, int64_t batch_size, Device device,
                                         std::function<void(const ReadFailure&)> on_failure) {
  const SamplerSettings sampler{
      .batch_size = batch_size, .seed = static_cast<uint64_t>(settings.train.seed), .shuffle = training};
  if (table) return std::make_unique<FeatureSource>(dataset, *table, sampler);
  return std::make_unique<PictureSource>(dataset, reader_settings(settings, training), sampler, device, std::move(on_failure));
}

}  // namespace tagloom
