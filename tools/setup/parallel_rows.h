#pragma once
// Does one piece of work for every row of a manifest, on several threads.
#include <cstdint>
#include <functional>

#include "engine/run/progress.h"

namespace tagloom {

// Calls one(i) for i = 0 … count - 1, each once and in no order, on `threads` threads (0: one per core), and advances `progress`, whose
// task has begun. Throws the first exception of a call; throws Interrupted if a signal arrives (engine/core/interrupt.h).
void for_each_row(int64_t count, int64_t threads, Progress& progress, const std::function<void(int64_t)>& one);

}  // namespace tagloom
