#pragma once
// One batch of pictures, or of cached features, with its tags.
#include <cstdint>
#include <vector>

#include "engine/batches/upload.h"

namespace tagloom {

// N pictures with their tags. A model reads `features` if defined (a frozen backbone's, from the cache), else `images`. All
// tensors are on the model's device.
struct Batch {
  int64_t position = 0;                    // number of the batch in its epoch
  std::vector<int64_t> index;              // [N], the pictures' indices in their dataset
  Tensor images;                           // uint8 [N,S,S,3]
  Tensor features;                         // Real [N,F]
  Tensor labels;                           // uint8 [N,V], 1 where the picture has the tag; undefined for prediction
  std::vector<std::vector<int32_t>> tags;  // [N] lists of tag ids, in the dataset's order
  std::vector<Tensor> prepared_inputs;     // tensors that Tagger::prepare() made for loss()
  bool prepared = false;                   // false: loss() makes its own inputs
  Upload* upload = nullptr;                // set while the batch is read ahead; null: uploads use the device's queue
  int64_t size() const { return images.defined() ? images.size(0) : features.size(0); }

  // For sources: copies host values to a tensor of the batch, or to an intermediate one that a kernel on upload_queue() reads.
  template <class T>
  void send(Tensor& to, const std::vector<T>& values, Shape shape, Device device) const {
    upload != nullptr ? upload->send(to, values, std::move(shape)) : to.refill(values, std::move(shape), device);
  }
  kernels::Queue& upload_queue(Device device) const { return upload != nullptr ? upload->queue() : device.queue(); }
};

}  // namespace tagloom
