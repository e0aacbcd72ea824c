#pragma once
// Where the batches of an epoch come from: decoded pictures, or cached features of them. The order is the sampler's, keyed by
// (seed, epoch), so any batch of any epoch can be returned to.
#include <memory>

#include "engine/train/tagger.h"

namespace tagloom {

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // The next batch will be number `first_batch` of `epoch`.
  virtual void start_epoch(int64_t epoch, int64_t first_batch) = 0;
  // False at the end of the epoch. A batch may be smaller than the others: the last one, or one with unreadable pictures.
  virtual bool next(Batch& batch) = 0;
  virtual int64_t pictures() const = 0;        // of an epoch
  virtual int64_t batches() const = 0;
};

}  // namespace tagloom
