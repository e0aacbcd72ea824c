#pragma once
// Batches in a range-based for loop, for programs with their own training loop.
//
//   DataLoader loader(train, {.batch_size = 32, .seed = 7, .device = device});
//   for (int epoch = 0; epoch < 10; ++epoch) {
//     for (const Batch& batch : loader) { … }   // each loop is the next epoch
//   }
#include <cstddef>
#include <iterator>

#include "engine/batches/batch_source.h"

namespace tagloom {

struct DataLoaderOptions {
  int64_t batch_size = 32;
  uint64_t seed = 0;     // for the order, crops and flips
  Device device = {};    // the device of the batches
  bool training = true;  // a new order each epoch, random crops and flips; false: the manifest's order, centre crops
  TransformOptions transform = {};
  int workers = 0;                    // threads that read pictures; 0: one per CPU
  OnError on_error = OnError::kStop;  // for a picture that cannot be read: throw, or leave it out
};

class DataLoader {
 public:
  // The dataset must outlive the loader. Throws Error(kUsage) for invalid options.
  DataLoader(const Dataset& dataset, const DataLoaderOptions& options = {});
  DataLoader(Dataset&&, const DataLoaderOptions& = {}) = delete;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    const Batch& operator*() const { return loader_->batch_; }  // valid until ++
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

  Iterator begin();  // starts the next epoch, even in the middle of one
  std::default_sentinel_t end() const { return {}; }

  int64_t epochs_begun() const { return epochs_begun_; }
  int64_t pictures() const { return source_.pictures(); }  // per epoch
  int64_t batches() const { return source_.batches(); }

 private:
  PictureSource source_;
  Batch batch_;
  int64_t epochs_begun_ = 0;
};

}  // namespace tagloom
