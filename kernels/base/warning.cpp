#include "kernels/base/warning.h"

#include <mutex>

namespace tagloom::kernels {
namespace {

std::mutex mutex;
WarningSink listener;

}  // namespace

void set_warning_sink(WarningSink sink) {
  const std::lock_guard lock(mutex);
  listener = std::move(sink);
}

void warn(const std::string& sentence) {
  const std::lock_guard lock(mutex);
  if (listener) listener(sentence);
}

}  // namespace tagloom::kernels
