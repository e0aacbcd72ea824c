// Runs one epoch in training mode without updates.
#include "engine/train/batch_norm_statistics.h"

namespace tagloom {

void measure_batch_norm_statistics(Tagger& model, BatchSource& source, uint64_t seed) {
  if (model.named_buffers().empty()) return;
  source.start_epoch(0, 0);
  uint64_t step = 0;
  for (Batch batch; source.next(batch); ++step) {
    Tape tape(Tape::kRecord, seed, step);
    model.loss(tape, batch);
  }
}

}  // namespace tagloom
