#pragma once
// Measures batch norm's running statistics again, for averaged weights, which no training step produced.
#include "engine/batches/batch_source.h"
#include "engine/train/tagger.h"

namespace tagloom {

// One pass in training mode over the first epoch of `source`, without gradients and updates: every batch updates the running
// statistics as in training, starting from their current values. Does nothing for a model without such statistics.
void measure_batch_norm_statistics(Tagger& model, BatchSource& source, uint64_t seed);

}  // namespace tagloom
