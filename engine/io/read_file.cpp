// Reads a whole file with plain POSIX calls: one stat and usually one read per picture.
#include "engine/io/read_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/core/interrupt.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr char kNotRegular[] = "{}: is not a regular file: copy its contents into one";
constexpr size_t kLongestStream = size_t{64} << 20;

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) close(value);
  }
};

[[noreturn]] void fail_with_errno(const std::filesystem::path& path, const char* what) {
  const int code = errno;
  fail(ErrorKind::kData, "{}: {}: {}", path.string(), what, std::strerror(code));
}

// Waits until the pipe or terminal has bytes or ends. Unlike a read, poll() is not restarted after a signal; the time limit covers one
// that arrives just before it.
void wait_for_bytes(int file) {
  pollfd waiting{file, POLLIN, 0};
  while (Interrupt::signal() == 0) {
    if (poll(&waiting, 1, 200) > 0) return;
  }
  throw Interrupted{Interrupt::signal()};
}

// The bytes of an open file whose size is not known: a pipe, a device, or a file in /proc.
template <class Bytes>
void read_to_the_end(int file, const std::filesystem::path& path, bool regular, Bytes& bytes) {
  size_t size = 0;
  while (true) {
    TL_CHECK_AS(ErrorKind::kData, size <= kLongestStream, "{}: gave {} bytes and has not ended: give a file", path.string(),
                size);
    if (!regular) wait_for_bytes(file);
    bytes.resize(size + (1 << 16));
    const ssize_t count = read(file, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno != EINTR && errno != EAGAIN) fail_with_errno(path, "cannot be read");
    size += static_cast<size_t>(std::max<ssize_t>(count, 0));
    bytes.resize(size);
    if (count == 0) return;
  }
}

enum class Pipes { kRefused, kRead };

template <class Bytes>
Bytes read_all(const std::filesystem::path& path, Pipes pipes) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  TL_CHECK_AS(ErrorKind::kData, file.value >= 0 || errno != ENXIO, kNotRegular, path.string());  // a socket
  if (file.value < 0) fail_with_errno(path, "cannot be opened");
  struct stat status;
  if (fstat(file.value, &status) != 0) fail_with_errno(path, "cannot be read");
  TL_CHECK_AS(ErrorKind::kData, !S_ISDIR(status.st_mode), "{}: is a folder, not a file", path.string());
  const bool pipe = S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode);
  TL_CHECK_AS(ErrorKind::kData, S_ISREG(status.st_mode) || (pipe && pipes == Pipes::kRead), kNotRegular, path.string());

  Bytes bytes;
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {  // a file in /proc has no size
    read_to_the_end(file.value, path, S_ISREG(status.st_mode), bytes);
    return bytes;
  }
  bytes.resize(static_cast<size_t>(status.st_size));
  for (size_t size = 0; size < bytes.size();) {
    const ssize_t count = read(file.value, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno(path, "cannot be read");
    TL_CHECK_AS(ErrorKind::kData, count > 0, "{}: became shorter while it was read", path.string());
    size += static_cast<size_t>(count);
  }
  return bytes;
}

}  // namespace

std::vector<uint8_t> read_file(const std::filesystem::path& path) {
  return read_all<std::vector<uint8_t>>(path, Pipes::kRefused);
}

std::string read_text(const std::filesystem::path& path) { return read_all<std::string>(path, Pipes::kRefused); }

std::string read_text_or_pipe(const std::filesystem::path& path) { return read_all<std::string>(path, Pipes::kRead); }

}  // namespace tagloom
