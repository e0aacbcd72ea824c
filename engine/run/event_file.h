#pragma once
// Writes TensorBoard event files: scalars over steps, in TFRecord framing, without TensorFlow.
//
//   record = u64 length, u32 masked_crc(length), bytes, u32 masked_crc(bytes)            (little-endian)
//   masked_crc(x) = rotate_right(crc32c(x), 15) + 0xa282ead8
//   bytes = an Event message: double wall_time = 1, int64 step = 2, string file_version = 3,
//           Summary summary = 5 {repeated Value value = 1 {string tag = 1, float simple_value = 2}},
//           SessionLog session_log = 7 {SessionStatus status = 1}                         (protocol buffers)
#include <cstdint>
#include <functional>
#include <string>

namespace tagloom {

//   EventFile events("runs/x");
//   events.add_scalar("loss/train", 120, 0.53);
//   events.flush();
//
// Every start creates a new file, as TensorBoard expects; with resumed_step >= 0 it makes TensorBoard drop earlier files' points
// at later steps. Throws Error(kData) naming the file if it cannot be written.
class EventFile {
 public:
  // Seconds since 1970; replaceable for tests.
  using Clock = std::function<double()>;

  explicit EventFile(const std::string& folder, int64_t resumed_step = -1, Clock clock = {});
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void add_scalar(const std::string& tag, int64_t step, double value);
  void flush();
  const std::string& path() const { return path_; }

 private:
  void write_event(int64_t step, const std::string& fields);

  Clock clock_;
  std::string path_;
  std::string buffer_;  // not written yet
  int fd_ = -1;
};

uint32_t crc32c(const std::string& bytes);  // Castagnoli's polynomial

}  // namespace tagloom
