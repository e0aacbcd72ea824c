#include "tools/serve/request_log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/base/format.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

constexpr std::chrono::seconds kTimeToFinish{1};

std::string log_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

// Quotes a value of a log line if it contains spaces or quotes. Request lines are ASCII.
std::string log_value(const std::string& text) {
  if (text.empty()) return "-";
  std::string value = printable(text);
  if (value.find_first_of(" \"=") == std::string::npos) return value;
  std::replace(value.begin(), value.end(), '"', '\'');
  return '"' + value + '"';
}

// Waits for the reader. The rest of a line that cannot be written, as on a full disk, is lost.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (count < 0 && errno == EAGAIN) {  // another program has made the pipe non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (count == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace

struct RequestLog::Lines {
  Lines(int to, size_t most) : descriptor(to), most_bytes(most) {}

  const int descriptor;
  const size_t most_bytes;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> waiting;
  size_t bytes = 0;  // in `waiting`
  int64_t dropped = 0;
  bool closed = false, ended = false;

  // Each line is one write, so that lines of other threads do not come between its parts.
  void write_until_closed() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return closed || !waiting.empty(); });
      if (waiting.empty()) break;
      const std::vector<std::string> lines = std::exchange(waiting, {});
      const int64_t missing = std::exchange(dropped, 0);
      bytes = 0;
      lock.unlock();
      for (const std::string& line : lines) write_all(descriptor, line);
      if (missing > 0) write_all(descriptor, format("time={} dropped={}\n", log_time(), missing));
      lock.lock();
    }
    ended = true;
    changed.notify_all();
  }
};

RequestLog::RequestLog(int descriptor, size_t most_bytes) : lines_(std::make_shared<Lines>(descriptor, most_bytes)) {
  std::thread([lines = lines_] { lines->write_until_closed(); }).detach();
}

RequestLog::~RequestLog() {
  std::unique_lock lock(lines_->mutex);
  lines_->closed = true;
  lines_->changed.notify_all();
  lines_->changed.wait_for(lock, kTimeToFinish, [&] { return lines_->ended; });
}

void RequestLog::add(const ServedRequest& request) {
  std::string line = format("time={} client={} method={} target={} status={} bytes={} pictures={} ms={:.1f}\n", log_time(),
                            request.client, log_value(request.method), log_value(request.target), request.status,
                            request.body_bytes, request.pictures, request.seconds * 1000);
  const std::lock_guard lock(lines_->mutex);
  if (lines_->dropped > 0 || line.size() > lines_->most_bytes - lines_->bytes) {
    ++lines_->dropped;  // until all waiting lines are written, so that dropped=N comes where the lines would
    return;
  }
  lines_->bytes += line.size();
  lines_->waiting.push_back(std::move(line));
  lines_->changed.notify_all();
}

}  // namespace tagloom
