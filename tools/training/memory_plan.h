#pragma once
// Predicts the device memory that a training needs, from real steps on generated pictures.
#include <optional>
#include <string>

#include "tools/training/training_data.h"

namespace tagloom {

// All in bytes.
struct MemoryPlan {
  int64_t weights = 0;          // of the model, already on the device
  int64_t optimizer = 0;        // optimizer state and gradients
  int64_t features = 0;         // cached for all pictures of a frozen backbone
  int64_t checkpoint = 0;       // host copy while a checkpoint is written; 0 on a GPU
  int64_t fixed = 0;            // of a step, for any batch size
  int64_t per_picture = 0;      // of a batch
  int64_t measured_with = 0;    // pictures of the larger measured step (the smaller has two); 0 for a fitted model, without steps
  int64_t batch_size = 0;       // the training's largest batch
  std::optional<int64_t> free;  // before the training starts; empty if unknown

  int64_t needed() const { return optimizer + features + checkpoint + fixed + batch_size * per_picture; }
  bool fits() const { return !free || needed() <= *free; }
  int64_t largest_batch() const;  // the largest that fits; requires `free`
};

// Leaves the model's values unchanged. Throws Error(kDevice) if a measured step does not fit.
MemoryPlan measure_memory(const Settings& settings, const TrainingData& data, CnnTagger& model, Device device);

// Throws Error(kDevice) if the training's batch does not fit.
void check_memory(const MemoryPlan& plan, Device device);

std::string memory_text(const MemoryPlan& plan);  // several lines, for the printed plan

}  // namespace tagloom
