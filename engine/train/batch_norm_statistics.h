#pragma once
// Batch norm's running statistics, measured again for weights that no step has led to: averages of others.
#include "engine/batches/batch_source.h"
#include "engine/train/tagger.h"

namespace tagloom {

// One pass in training mode over the first epoch of `source`, without gradients and without a step: every batch moves the running
// statistics as a training step does, from where they stand. A model without such statistics is left alone.
void measure_batch_norm_statistics(Tagger& model, BatchSource& source, uint64_t seed);

}  // namespace tagloom
