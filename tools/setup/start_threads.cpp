#include "tools/setup/start_threads.h"

#include <exception>

namespace tagloom {

std::vector<std::jthread> start_threads(int64_t count, const std::function<void()>& work) {
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<size_t>(count));
  try {
    while (static_cast<int64_t>(threads.size()) < count) threads.emplace_back(work);
  } catch (const std::exception&) {  // std::system_error, or out of memory
    if (threads.empty()) throw;
  }
  return threads;
}

}  // namespace tagloom
