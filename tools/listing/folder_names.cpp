// Reads a folder with readdir(), which returns the type of most entries without a stat() each.
#include "tools/listing/folder_names.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernels/base/format.h"
#include "kernels/text/utf8.h"
#include "tools/listing/file_kinds.h"

namespace tagloom {
namespace {

std::string cannot_be_read(const std::string& path, int error) {
  if (error == ENAMETOOLONG) {
    return format("{}: its path has more than {} bytes: run tagpredict from a folder closer to it, with a relative path",
                  printable(path), PATH_MAX - 1);
  }
  return format("{}: cannot be read: {}", path, std::strerror(error));
}

enum class EntryKind { kFile, kFolder, kOther, kVanished, kDeadLink };

// Links to folders are not followed, so that a folder is read once. Sets errno for kDeadLink.
EntryKind kind_of(int folder, const dirent& entry) {
  if (entry.d_type == DT_REG) return EntryKind::kFile;
  if (entry.d_type == DT_DIR) return EntryKind::kFolder;
  if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return EntryKind::kOther;  // a pipe, socket or device
  struct stat status;
  if (fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::kVanished;
  const bool link = S_ISLNK(status.st_mode);
  if (link && fstatat(folder, entry.d_name, &status, 0) != 0) return EntryKind::kDeadLink;
  if (S_ISREG(status.st_mode)) return EntryKind::kFile;
  return S_ISDIR(status.st_mode) && !link ? EntryKind::kFolder : EntryKind::kOther;
}

}  // namespace

std::string path_in(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.ends_with('/')) path += '/';
  return path.append(name);
}

FolderNames::FolderNames(const std::string& path, bool follow, const ListingEvents& events) {
  const auto report = [&](const std::string& of, int error) {
    read_ = false;
    if (events.problem) events.problem(cannot_be_read(of, error));
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
  if (descriptor < 0) {
    if (events.vanished && (errno == ENOENT || errno == ENOTDIR)) {
      events.vanished(path);
    } else {
      report(path, errno);
    }
    return;
  }
  struct stat status;
  if (fstat(descriptor, &status) == 0) id_ = {status.st_dev, status.st_ino};
  DIR* const listing = ::fdopendir(descriptor);
  if (listing == nullptr) {
    report(path, errno);
    ::close(descriptor);
    return;
  }
  errno = 0;
  for (const dirent* entry; (entry = ::readdir(listing)) != nullptr; errno = 0) {
    const std::string_view name = entry->d_name;
    if (is_hidden_name(name)) continue;  // also . and ..
    switch (kind_of(descriptor, *entry)) {
      case EntryKind::kFolder:
        add(name, true);
        break;
      case EntryKind::kFile:
        if (is_picture_name(name)) {
          add(name, false);
        } else if (events.other_file) {
          events.other_file(name);
        }
        break;
      case EntryKind::kDeadLink:
        if (errno != ENOENT || is_picture_name(name)) report(path_in(path, name), errno);
        break;
      case EntryKind::kOther:
      case EntryKind::kVanished:
        break;
    }
  }
  if (errno != 0) report(path, errno);
  ::closedir(listing);
  std::sort(starts_.begin(), starts_.end(), [this](size_t a, size_t b) { return std::strcmp(&text_[a], &text_[b]) < 0; });
}

void FolderNames::add(std::string_view name, bool folder) {
  starts_.push_back(text_.size());
  text_.append(name).append(folder ? "/" : "").push_back('\0');
}

bool FolderNames::next(std::string_view& name) {
  if (next_ == starts_.size()) return false;
  name = &text_[starts_[next_++]];
  return true;
}

}  // namespace tagloom
