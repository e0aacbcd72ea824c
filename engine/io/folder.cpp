#include "engine/io/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"

namespace tagloom {

std::vector<std::filesystem::directory_entry> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::directory_entry> entries;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) entries.push_back(*entry);
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: the folder cannot be read: {}", folder.string(), error.message());
  return entries;
}

bool is_taken(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, error);
  TL_CHECK_AS(ErrorKind::kData, status.type() != std::filesystem::file_type::none, "{}: cannot be read: {}", path.string(),
              error.message());
  return std::filesystem::exists(status);
}

int sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return 0;
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return detail::fsync_is_unsupported(error) ? 0 : error;
}

}  // namespace tagloom
