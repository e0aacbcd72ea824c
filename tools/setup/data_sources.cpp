#include "tools/setup/data_sources.h"

namespace tagloom {

DatasetSettings dataset_settings(const Settings& settings) {
  return {.vocabulary = {.minimum_count = settings.data.minimum_count},
          .keep_untagged = !settings.data.drop_untagged,
          .on_error = settings.data.on_error};
}

PictureReaderSettings reader_settings(const Settings& settings, bool training) {
  const DataSettings& data = settings.data;
  PictureReaderSettings reader;
  reader.transform.size = static_cast<int>(data.size);
  reader.transform.resize =
      data.resize == Resize::kShortSide ? TransformSettings::Resize::kShortSide : TransformSettings::Resize::kSquash;
  reader.transform.short_side = static_cast<int>(data.short_side);
  reader.transform.crop = data.crop == Crop::kRandom ? TransformSettings::Crop::kRandom : TransformSettings::Crop::kCenter;
  reader.transform.interpolation = data.interpolation;
  reader.transform.flip = data.flip;
  reader.training = training;
  reader.workers = static_cast<int>(data.workers);
  reader.seed = static_cast<uint64_t>(settings.train.seed);
  reader.on_error = data.on_error;
  return reader;
}

std::unique_ptr<BatchSource> make_source(const Settings& settings, const Dataset& dataset, const FeatureTable* table,
                                         bool training, int64_t batch_size, Device device, Progress& progress) {
  const SamplerSettings sampler{
      .batch_size = batch_size, .seed = static_cast<uint64_t>(settings.train.seed), .shuffle = training};
  if (table) return std::make_unique<FeatureSource>(dataset, *table, sampler);
  return std::make_unique<PictureSource>(dataset, reader_settings(settings, training), sampler, device,
                                         [&progress](const ReadFailure& failure) { progress.warn("skipped " + failure.reason); });
}

}  // namespace tagloom
