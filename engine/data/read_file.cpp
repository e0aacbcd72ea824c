// Reads a whole file with plain POSIX calls: one stat and usually one read per picture.
#include "engine/data/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

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

}  // namespace

std::vector<uint8_t> read_file(const std::filesystem::path& path) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) fail_with_errno(path, "cannot be opened");
  struct stat status;
  if (fstat(file.value, &status) != 0) fail_with_errno(path, "cannot be read");
  TL_CHECK_AS(ErrorKind::kData, !S_ISDIR(status.st_mode), "{}: is a folder, not a file", path.string());

  // A pipe or a file in /proc has no size: the buffer grows until the end of the file.
  std::vector<uint8_t> bytes(S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) : 0);
  const bool sized = !bytes.empty();
  size_t size = 0;
  while (true) {
    if (size == bytes.size()) {
      if (sized) break;
      bytes.resize(bytes.size() + (1 << 16));
    }
    const ssize_t count = read(file.value, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno(path, "cannot be read");
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  TL_CHECK_AS(ErrorKind::kData, !sized || size == bytes.size(), "{}: became shorter while it was read", path.string());
  bytes.resize(size);
  return bytes;
}

}  // namespace tagloom
