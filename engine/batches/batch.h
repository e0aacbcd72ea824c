#pragma once
// What a model is given at once.
#include <cstdint>
#include <vector>

#include "engine/batches/upload.h"

namespace tagloom {

// N pictures with their tags. A model reads `features` where they are defined (a frozen backbone's, from the cache), else
// `images`. Everything is on the model's device.
struct Batch {
  int64_t position = 0;                    // the batch's number in its epoch
  std::vector<int64_t> index;              // of the pictures in their dataset
  Tensor images;                           // uint8 [N,S,S,3]
  Tensor features;                         // Real [N,F]
  Tensor labels;                           // uint8 [N,V], 1 where the picture carries the tag; undefined to predict
  std::vector<std::vector<int32_t>> tags;  // in the order of the dataset
  std::vector<Tensor> told;                // what the model's prepare() made of the tags, where it did
  bool prepared = false;                   // false: loss() makes it on its way
  Upload* upload = nullptr;                // the way to the device, while the batch is read ahead; null: its queue
  int64_t size() const { return images.defined() ? images.size(0) : features.size(0); }

  // For sources: the host's values into a tensor of the batch, or one that others of it are made from, by upload_queue().
  template <class T>
  void send(Tensor& to, const std::vector<T>& values, Shape shape, Device device) const {
    upload != nullptr ? upload->send(to, values, std::move(shape)) : to.refill(values, std::move(shape), device);
  }
  kernels::Queue& upload_queue(Device device) const { return upload != nullptr ? upload->queue() : device.queue(); }
};

}  // namespace tagloom
