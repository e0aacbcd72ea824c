#include "tests/fuzz/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tagloom::fuzz {
namespace {

constexpr int kPipeBytes = 1 << 20;

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::string path_of_descriptor(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

struct Pipe {
  int ends[2];
  Pipe() {
    check(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
    check(fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes), "F_SETPIPE_SZ");
  }
};

}  // namespace

const std::string& path_of(Input contents) {
  static const int descriptor = check(memfd_create("fuzz", MFD_CLOEXEC), "memfd_create");
  static const std::string path = path_of_descriptor(descriptor);
  check(ftruncate(descriptor, 0), "ftruncate");
  check(static_cast<int>(pwrite(descriptor, contents.data(), contents.size(), 0)), "pwrite");
  return path;
}

std::string written(const std::function<void(const std::string& path)>& write) {
  static const Pipe pipe;
  static const std::string path = path_of_descriptor(pipe.ends[1]);
  write(path);
  static std::string buffer(kPipeBytes, '\0');
  const ssize_t size = read(pipe.ends[0], buffer.data(), buffer.size());
  if (size < 0 && errno == EAGAIN) return "";
  check(static_cast<int>(size), "read");
  require(size < kPipeBytes, "the output does not fit");
  return buffer.substr(0, static_cast<size_t>(size));
}

}  // namespace tagloom::fuzz
