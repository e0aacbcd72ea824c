// Temporary name, write, fsync, rename, fsync the folder: this order survives a kill or a power failure at any point.
#include "engine/io/atomic_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "engine/io/folder.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr size_t kBufferBytes = 1 << 18;
constexpr std::string_view kTemporary = ".tmp-tagloom-";  // TARGET.tmp-tagloom-PID-COUNT
constexpr size_t kStartBytes = 60;                        // of a target's name that is too long for this

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The path itself if it is not a link or does not exist yet.
std::string follow_links(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string result = resolved;
  std::free(resolved);
  return result;
}

// Replaces the name in a path by its beginning, of whole UTF-8 characters, and its hash.
std::string with_short_name(const std::string& path) {
  const size_t begin = path.rfind('/') + 1;  // 0 without a slash
  size_t end = std::min(begin + kStartBytes, path.size());
  while (end < path.size() && end > begin && (static_cast<unsigned char>(path[end]) & 0xC0) == 0x80) --end;
  return path.substr(0, end) + "~" + hash_text(hash_bytes(std::as_bytes(std::span(path).subspan(begin))));
}

// Creates the temporary file and locks it for as long as it is open; -1 with errno if that fails.
int open_temporary(const std::string& path) {
  for (int tries = 0; tries < 10; ++tries) {
    ::unlink(path.c_str());  // left by a dead process with the same PID
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return -1;
    struct stat info {};
    const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;  // some file systems have no locks
    if (locked && ::fstat(fd, &info) == 0 && info.st_nlink > 0) return fd;
    ::close(fd);  // another process swept it before it was locked
  }
  errno = EAGAIN;
  return -1;
}

// The PID in TARGET.tmp-tagloom-PID-COUNT; 0 if the name does not have this form.
pid_t owner_in(std::string_view name) {
  const size_t at = name.rfind(kTemporary);
  if (at == std::string_view::npos || at == 0) return 0;
  const char *const begin = name.data() + at + kTemporary.size(), *const end = name.data() + name.size();
  pid_t owner = 0;
  int count = 0;
  const auto [dash, no_owner] = std::from_chars(begin, end, owner);
  if (no_owner != std::errc() || owner <= 0 || dash == end || *dash != '-') return 0;
  const auto [rest, no_count] = std::from_chars(dash + 1, end, count);
  return no_count == std::errc() && count >= 0 && rest == end ? owner : 0;
}

// Also for a zombie, which a container whose first process does not reap children keeps.
bool is_gone(pid_t process) {
  if (::kill(process, 0) != 0) return errno == ESRCH;
  std::string status;
  std::getline(std::ifstream(format("/proc/{}/stat", process)), status);  // "123 (tagtrain) Z ..."
  const size_t name_end = status.rfind(") ");
  return name_end != std::string::npos && (status[name_end + 2] == 'Z' || status[name_end + 2] == 'X');
}

int64_t free_bytes_at(const std::string& folder) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) return 0;
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

std::string megabytes(int64_t bytes) {
  if (bytes >= 1000000) return format("{} MB", (bytes + 500000) / 1000000);
  return format("{} bytes", bytes);
}

[[noreturn]] void fail_without_folder(const std::string& path, const char* doing, const std::string& folder) {
  fail(ErrorKind::kData, "{}: cannot {}: the folder {} does not exist: create it", path, doing, folder);
}

}  // namespace

namespace detail {

bool fsync_is_unsupported(int error) { return error == EINVAL || error == EROFS || error == ENOTSUP; }

int write_fully(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (count == 0) return ENOSPC;
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return 0;
}

std::string disk_full_message(const std::string& path, int64_t needed_bytes, int64_t free_bytes) {
  return format("{}: the disk is full (needed {}, {} free): free space and resume", path, megabytes(needed_bytes),
                megabytes(free_bytes));
}

}  // namespace detail

AtomicFile::AtomicFile(std::string path, int64_t expected_bytes)
    : path_(std::move(path)), target_(follow_links(path_)), expected_(expected_bytes) {
  TL_CHECK(!path_.empty(), "[write] a file name is empty");
  buffer_.reserve(kBufferBytes);
  struct stat info {};
  const bool exists = ::stat(target_.c_str(), &info) == 0;
  if (!exists && errno == ENAMETOOLONG) fail_with(errno, "write");
  TL_CHECK_AS(ErrorKind::kData, !exists || !S_ISDIR(info.st_mode), "{}: cannot write: this is a folder, give a file name", path_);
  if (exists && !S_ISREG(info.st_mode)) {
    fd_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe that nobody reads must not block
    TL_CHECK_AS(ErrorKind::kData, fd_ >= 0 || errno != ENXIO, "{}: cannot write: no process reads this pipe or socket", path_);
    if (fd_ < 0) fail_with(errno, "open");
    ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
    return;
  }
  static std::atomic<int> count{0};
  const std::string ending = format("{}{}-{}", kTemporary, ::getpid(), count++);
  std::string temporary = target_ + ending;
  fd_ = open_temporary(temporary);
  if (fd_ < 0 && errno == ENAMETOOLONG) {
    temporary = with_short_name(target_) + ending;
    fd_ = open_temporary(temporary);
  }
  if (fd_ < 0) fail_with(errno, "write");
  temporary_ = temporary;
  if (exists) (void)!::fchmod(fd_, info.st_mode & 07777);  // ignored: some file systems have no modes
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  TL_CHECK(fd_ >= 0, "{}: written to after commit", path_);
  written_ += static_cast<int64_t>(bytes.size());
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() >= kBufferBytes) {
    if (const int error = detail::write_fully(fd_, bytes)) fail_with(error, "write");
  } else {
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
}

void AtomicFile::flush() {
  const int error = detail::write_fully(fd_, std::as_bytes(std::span(buffer_)));
  buffer_.clear();
  if (error != 0) fail_with(error, "write");
}

void AtomicFile::prepare() {
  TL_CHECK(fd_ >= 0, "{}: committed twice", path_);
  flush();
  if (::fsync(fd_) != 0 && !detail::fsync_is_unsupported(errno)) fail_with(errno, "write");
}

void AtomicFile::commit() {
  prepare();
  const int lock = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);  // keeps the file locked until it has its name
  const int error_of_close = ::close(fd_) == 0 ? 0 : errno;
  fd_ = -1;
  const int error_of_rename =
      error_of_close != 0 || temporary_.empty() || ::rename(temporary_.c_str(), target_.c_str()) == 0 ? 0 : errno;
  if (lock >= 0) ::close(lock);
  if (error_of_close != 0) fail_with(error_of_close, "write");  // network file systems may report a full disk only here
  if (error_of_rename != 0) fail_with(error_of_rename, "rename the finished file");
  if (temporary_.empty()) return;
  temporary_.clear();
  if (const int error = sync_folder(folder_of(target_))) fail_with(error, "flush its folder");
}

void AtomicFile::fail_with(int error, const char* doing) const {
  const std::string folder = folder_of(target_);
  if (error == ENOSPC || error == EDQUOT) {
    // The temporary file is removed with this object, so its space counts as free.
    struct stat info {};
    const bool ours = !temporary_.empty() && fd_ >= 0 && ::fstat(fd_, &info) == 0;
    const int64_t held = ours ? static_cast<int64_t>(info.st_blocks) * 512 : 0;
    throw Error(ErrorKind::kData, detail::disk_full_message(path_, std::max(expected_, written_), free_bytes_at(folder) + held));
  }
  if (error == ENOENT) fail_without_folder(path_, doing, folder);
  if (error == EACCES || error == EPERM || error == EROFS)
    fail(ErrorKind::kData, "{}: cannot {}: no permission in {} ({})", path_, doing, folder, std::strerror(error));
  if (error == EFBIG)
    fail(ErrorKind::kData, "{}: cannot {} {}: larger than the file size limit (see ulimit -f)", path_, doing,
         megabytes(std::max(expected_, written_)));
  fail(ErrorKind::kData, "{}: cannot {}: {}", path_, doing, std::strerror(error));
}

void require_folder_of(const std::string& path) {
  const std::string folder = folder_of(follow_links(path));
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0 && errno == ENOENT) fail_without_folder(path, "write", folder);
}

void write_file_atomically(const std::string& path, std::string_view text) {
  sweep_temporaries(folder_of(follow_links(path)));
  AtomicFile file(path, static_cast<int64_t>(text.size()));
  file.write(text);
  file.commit();
}

void sweep_temporaries(const std::string& folder) {
  DIR* const listing = ::opendir(folder.c_str());
  if (listing == nullptr) return;
  while (const dirent* const entry = ::readdir(listing)) {
    const pid_t owner = owner_in(entry->d_name);
    if (owner == 0 || !is_gone(owner)) continue;
    // A process of another machine or container has a PID that does not exist here, but it holds the lock.
    const int fd = ::openat(::dirfd(listing), entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) continue;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      ::unlinkat(::dirfd(listing), entry->d_name, 0);
    }
    ::close(fd);
  }
  ::closedir(listing);
}

}  // namespace tagloom
