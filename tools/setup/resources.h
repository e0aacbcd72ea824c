#pragma once
// What the work takes of the machine: its threads, and memory for a batch.
#include <cstdint>
#include <functional>

#include "engine/core/device.h"
#include "models/settings/settings.h"

namespace tagloom {

// Sets the number of OpenMP threads (train.threads; 0 leaves it).
void set_threads(const Settings& settings);

// Pictures at once in evaluation and prediction, and the setting that they are from.
int64_t evaluation_batch(const Settings& settings);
const char* evaluation_batch_setting(const Settings& settings);

// Runs `work` on batches of that many pictures. Where it runs out of memory, Error(kDevice) says so with the batch's size and the
// setting that lowers it.
void run_in_memory(int64_t batch_size, const char* setting, Device device, const std::function<void()>& work);

}  // namespace tagloom
