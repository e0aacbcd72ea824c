#pragma once
// Sets the number of threads, and turns running out of memory into an error that gives the setting to lower.
#include <cstdint>
#include <functional>

#include "engine/core/device.h"
#include "models/settings/settings.h"

namespace tagloom {

// Sets the number of OpenMP threads to train.threads (0 leaves it unchanged) and starts them. Throws std::system_error if the system
// refuses one.
void set_threads(const Settings& settings);

// The batch size of evaluation and prediction, and the key of the setting that it comes from.
int64_t evaluation_batch(const Settings& settings);
const char* evaluation_batch_setting(const Settings& settings);

// Runs `work`, which uses batches of `batch_size` pictures. If it runs out of memory, throws Error(kDevice) with the batch size and
// `setting`, the key that lowers it.
void run_in_memory(int64_t batch_size, const char* setting, Device device, const std::function<void()>& work);

}  // namespace tagloom
