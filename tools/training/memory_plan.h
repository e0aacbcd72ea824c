#pragma once
// What a training takes of the device's memory, measured by real steps on pictures made up for it.
#include <optional>
#include <string>

#include "tools/training/training_data.h"

namespace tagloom {

// All in bytes.
struct MemoryPlan {
  int64_t weights = 0;          // the model's, on the device already
  int64_t optimizer = 0;        // its memory, and the gradients
  int64_t features = 0;         // of a frozen backbone, kept for all pictures
  int64_t checkpoint = 0;       // copied on the host to be written; 0 on a GPU
  int64_t fixed = 0;            // of a step, whatever its batch
  int64_t per_picture = 0;      // of a batch
  int64_t measured_with = 0;    // pictures of the larger of the two steps; the smaller one had two. 0: of a fit at once, no steps
  int64_t batch_size = 0;       // the largest batch that this training has
  std::optional<int64_t> free;  // before the training takes any

  int64_t needed() const { return optimizer + features + checkpoint + fixed + batch_size * per_picture; }
  bool fits() const { return !free || needed() <= *free; }
  int64_t largest_batch() const;  // that fits; requires `free`
};

// The model's values are afterwards what they were. Throws Error(kDevice) where not even such a step fits.
MemoryPlan measure_memory(const Settings& settings, const TrainingData& data, CnnTagger& model, Device device);

// Throws Error(kDevice) where the training's batch does not fit.
void check_memory(const MemoryPlan& plan, Device device);

std::string memory_text(const MemoryPlan& plan);  // lines for the plan

}  // namespace tagloom
