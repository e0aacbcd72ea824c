// Encodes protocol buffers and TFRecord checksums by hand.
#include "engine/run/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

static_assert(std::endian::native == std::endian::little, "event files are little-endian");

template <class T>
std::string bytes_of(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// Protocol buffers: a field is a varint key (number << 3 | wire type) and its value.
std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string varint_field(int number, uint64_t value) { return varint(number << 3 | 0) + varint(value); }
std::string double_field(int number, double value) { return varint(number << 3 | 1) + bytes_of(value); }
std::string float_field(int number, float value) { return varint(number << 3 | 5) + bytes_of(value); }
std::string bytes_field(int number, const std::string& bytes) { return varint(number << 3 | 2) + varint(bytes.size()) + bytes; }

uint32_t masked_crc(const std::string& bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8u; }

std::string host_name() {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

double seconds_since_1970() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

uint32_t crc32c(const std::string& bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0);  // the polynomial, reversed
      made[i] = value;
    }
    return made;
  }();
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

EventFile::EventFile(const std::string& folder, int64_t resumed_step, Clock clock)
    : clock_(clock ? std::move(clock) : Clock(seconds_since_1970)) {
  // TensorBoard reads the files of a folder in order of name.
  for (int number = 0; path_.empty() || std::filesystem::exists(path_); ++number) {
    path_ = format("{}/events.out.tfevents.{}.{}.{}.{}", folder, static_cast<int64_t>(clock_()), host_name(), getpid(), number);
  }
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  TL_CHECK_AS(ErrorKind::kData, fd_ >= 0, "{}: cannot be created: {}", path_, std::strerror(errno));
  write_event(0, bytes_field(3, "brain.Event:2"));
  constexpr uint64_t kStart = 1;
  if (resumed_step >= 0) write_event(resumed_step + 1, bytes_field(7, varint_field(1, kStart)));
  flush();
}

EventFile::~EventFile() {
  detail::write_fully(fd_, std::as_bytes(std::span(buffer_)));
  close(fd_);
}

void EventFile::add_scalar(const std::string& tag, int64_t step, double value) {
  const std::string entry = bytes_field(1, tag) + float_field(2, static_cast<float>(value));
  write_event(step, bytes_field(5, bytes_field(1, entry)));
}

void EventFile::write_event(int64_t step, const std::string& fields) {
  const std::string event = double_field(1, clock_()) + varint_field(2, static_cast<uint64_t>(step)) + fields;
  const std::string length = bytes_of(static_cast<uint64_t>(event.size()));
  buffer_ += length + bytes_of(masked_crc(length)) + event + bytes_of(masked_crc(event));
}

void EventFile::flush() {
  const int error = detail::write_fully(fd_, std::as_bytes(std::span(buffer_)));
  buffer_.clear();
  TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: cannot be written: {}: when this is solved, continue with --resume", path_,
              std::strerror(error));
}

}  // namespace tagloom
