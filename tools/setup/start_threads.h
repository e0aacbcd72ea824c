#pragma once
// Starts threads that share one piece of work.
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace tagloom {

// Starts `count` threads that run `work`, which must not throw; fewer if the system refuses more. Throws std::system_error if it refuses
// the first. The destructor of the result waits for them.
std::vector<std::jthread> start_threads(int64_t count, const std::function<void()>& work);

}  // namespace tagloom
