#pragma once
// Logs each request in one line of key=value pairs.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tools/serve/http_server.h"

namespace tagloom {

// Writes on its own thread, because the reader of a pipe may stop reading. Lines for which there is no room are dropped, and their number is
// logged as dropped=N once the reader continues.
class RequestLog {
 public:
  // Writes to `descriptor`, which must stay open. Keeps at most `most_bytes` of unwritten lines. Throws std::system_error if no thread can
  // be started.
  explicit RequestLog(int descriptor, size_t most_bytes = size_t{1} << 20);
  ~RequestLog();  // writes the remaining lines if their reader takes them within a second
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  // May be called from any thread; never waits for the reader.
  void add(const ServedRequest& request);

 private:
  struct Lines;
  std::shared_ptr<Lines> lines_;  // shared with the thread, which may outlive this if the reader never continues
};

}  // namespace tagloom
