#pragma once
// Batches for a range-based for, for programs that write their own training loop.
//
//   DataLoader loader(train, {.batch_size = 32, .seed = 7, .device = device});
//   for (int epoch = 0; epoch < 10; ++epoch) {
//     for (const Batch& batch : loader) { … }   // each for is the next epoch
//   }
#include <cstddef>
#include <iterator>

#include "engine/batches/batch_source.h"

namespace tagloom {

struct DataLoaderOptions {
  int64_t batch_size = 32;
  uint64_t seed = 0;     // of the order, crops and flips
  Device device = {};    // where the batches are put
  bool training = true;  // a new order each epoch, random crops and flips; false: the manifest's order, the centre
  TransformOptions transform = {};
  int workers = 0;                    // threads that read pictures; 0: one for each CPU
  OnError on_error = OnError::kStop;  // for a picture that cannot be read: throw, or leave it out
};

class DataLoader {
 public:
  // The dataset must outlive the loader. Throws Error(kUsage) for options that make no sense.
  DataLoader(const Dataset& dataset, const DataLoaderOptions& options = {});
  DataLoader(Dataset&&, const DataLoaderOptions& = {}) = delete;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    const Batch& operator*() const { return loader_->batch_; }  // holds until ++
    const Batch* operator->() const { return &loader_->batch_; }
    Iterator& operator++() {
      if (!loader_->source_.next(loader_->batch_)) loader_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return loader_ == nullptr; }

   private:
    friend class DataLoader;
    explicit Iterator(DataLoader* loader) : loader_(loader) { ++*this; }
    DataLoader* loader_;
  };

  Iterator begin();  // starts the next epoch, and ends one that was left in its middle
  std::default_sentinel_t end() const { return {}; }

  int64_t epochs_begun() const { return epochs_begun_; }
  int64_t pictures() const { return source_.pictures(); }  // of an epoch
  int64_t batches() const { return source_.batches(); }

 private:
  PictureSource source_;
  Batch batch_;
  int64_t epochs_begun_ = 0;
};

}  // namespace tagloom
