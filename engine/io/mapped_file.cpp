// The mapping outlives the file descriptor.
#include "engine/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "kernels/base/error.h"
#include "kernels/base/memory.h"

namespace tagloom {
namespace {

struct OpenFile {
  int fd;
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const OpenFile file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a pipe must not block
  TL_CHECK_AS(ErrorKind::kData, file.fd >= 0, "{}: cannot be opened: {}", path, std::strerror(errno));
  struct stat info {};
  TL_CHECK_AS(ErrorKind::kData, ::fstat(file.fd, &info) == 0, "{}: cannot be read: {}", path, std::strerror(errno));
  TL_CHECK_AS(ErrorKind::kData, !S_ISDIR(info.st_mode), "{}: this is a folder, give a file in it", path);
  TL_CHECK_AS(ErrorKind::kData, S_ISREG(info.st_mode), "{}: is not a regular file: copy its contents into one", path);
  if (info.st_size == 0) return;
  const size_t size = static_cast<size_t>(info.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (address == MAP_FAILED && errno == ENOMEM) {
    throw OutOfMemory(info.st_size, format("{}: no {} MiB of address space are left (see ulimit -v)", path, size >> 20));
  }
  TL_CHECK_AS(ErrorKind::kData, address != MAP_FAILED, "{}: cannot be read: {}", path, std::strerror(errno));
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::release(const void* begin, const void* end) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t first = (reinterpret_cast<uintptr_t>(begin) + page - 1) / page * page;
  const uintptr_t last = reinterpret_cast<uintptr_t>(end) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace tagloom
