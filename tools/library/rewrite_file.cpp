#include "tools/library/rewrite_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "engine/io/atomic_file.h"
#include "engine/io/mapped_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct stat info_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return info;
  const int error = errno;
  struct stat link {};
  TL_CHECK_AS(ErrorKind::kData, error != ENOENT || ::lstat(path.c_str(), &link) != 0,
              "{}: is a link to a file that does not exist", path);
  fail(ErrorKind::kData, "{}: {}", path, std::strerror(error));
}

FileState state_of(const struct stat& info) {
  return {info.st_size, static_cast<int64_t>(info.st_dev), static_cast<int64_t>(info.st_ino), info.st_mtim.tv_sec,
          info.st_mtim.tv_nsec};
}

// Skips attributes that the file system does not support or that only the system may set.
void copy_attributes(const std::string& from, const std::string& to) {
  const ssize_t size = ::listxattr(from.c_str(), nullptr, 0);
  if (size <= 0) return;
  std::vector<char> names(static_cast<size_t>(size) + 1);
  const ssize_t length = ::listxattr(from.c_str(), names.data(), static_cast<size_t>(size));
  for (ssize_t at = 0; at < length;) {
    const char* const name = names.data() + at;
    at += static_cast<ssize_t>(std::strlen(name)) + 1;
    const ssize_t bytes = ::getxattr(from.c_str(), name, nullptr, 0);
    if (bytes < 0) continue;
    std::vector<char> value(static_cast<size_t>(bytes) + 1);
    const ssize_t read = ::getxattr(from.c_str(), name, value.data(), static_cast<size_t>(bytes));
    if (read >= 0) (void)!::setxattr(to.c_str(), name, value.data(), static_cast<size_t>(read), 0);
  }
}

// Copies the extended attributes from a file, and gives the other its owner, group and mode.
void copy_properties(const std::string& from, const struct stat& info, const std::string& to) {
  copy_attributes(from, to);
  if (info.st_uid != ::geteuid() || info.st_gid != ::getegid()) (void)!::chown(to.c_str(), info.st_uid, info.st_gid);
  (void)!::chmod(to.c_str(), info.st_mode & 07777);  // last, because chown clears set-user-id
}

void set_times(const std::string& path, const struct stat& info) {
  const timespec times[] = {info.st_atim, info.st_mtim};
  (void)!::utimensat(AT_FDCWD, path.c_str(), times, 0);
}

}  // namespace

FileState state_of_writable(const std::string& path) {
  const struct stat info = info_of(path);
  TL_CHECK_AS(ErrorKind::kData, S_ISREG(info.st_mode), "{}: is not a regular file", path);
  TL_CHECK_AS(ErrorKind::kData, (info.st_mode & 0222) != 0, "{}: is write-protected", path);
  const int error = ::access(path.c_str(), W_OK) == 0 ? 0 : errno;
  TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: is write-protected: {}", path, std::strerror(error));
  return state_of(info);
}

void copy_with_attributes(const std::string& path, const std::string& copy) {
  const MappedFile contents(path);
  AtomicFile file(copy, static_cast<int64_t>(contents.bytes().size()));
  file.write(contents.bytes());
  const struct stat info = info_of(path);
  copy_properties(path, info, file.temporary_path());
  file.commit();
  set_times(copy, info);
}

void rewrite_file(const std::string& path, const FileState& before, const std::string& contents) {
  AtomicFile file(path, static_cast<int64_t>(contents.size()));
  file.write(contents);
  const struct stat info = info_of(path);
  TL_CHECK_AS(ErrorKind::kData, state_of(info) == before, "{}: left unchanged: another program has just changed it", path);
  copy_properties(path, info, file.temporary_path());
  file.commit();
  set_times(path, info);
}

}  // namespace tagloom
