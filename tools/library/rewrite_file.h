#pragma once
// Replaces a file that belongs to somebody, so that only its contents differ.
#include <string>

namespace tagloom {

struct FileState {
  int64_t size = 0;
  int64_t device = 0, node = 0, seconds = 0, nanoseconds = 0;
  bool operator==(const FileState&) const = default;
};

// Throws Error(kData) if it is missing, not a regular file, or write-protected: its mode has no write permission, or this process has none.
FileState state_of_writable(const std::string& path);

// Through an AtomicFile. Permissions, owner and group (where this process may set them), extended attributes with the access control list,
// and the modification time stay: sidecars and pictures are sorted and backed up by their time, and the keywords are not the user's work.
// A symbolic link keeps its destination, which is replaced. Other hard links keep the old contents, as the copies of a backup should. Throws
// Error(kData), with the old file in place, if it is not as it was in `before`, or cannot be written.
void rewrite_file(const std::string& path, const FileState& before, const std::string& contents);

}  // namespace tagloom
