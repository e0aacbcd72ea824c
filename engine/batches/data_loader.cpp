// Sets up a PictureSource for programs with their own training loop.
#include "engine/batches/data_loader.h"

namespace tagloom {

DataLoader::DataLoader(const Dataset& dataset, const DataLoaderOptions& options)
    : source_(dataset,
              {.transform = options.transform,
               .training = options.training,
               .workers = options.workers,
               .seed = options.seed,
               .on_error = options.on_error},
              {.batch_size = options.batch_size, .seed = options.seed, .shuffle = options.training}, options.device) {}

DataLoader::Iterator DataLoader::begin() {
  source_.start_epoch(epochs_begun_++, 0);
  return Iterator(this);
}

}  // namespace tagloom
