#pragma once
// Replaces the contents of a user's file and preserves everything else about it.
#include <string>

namespace tagloom {

struct FileState {
  int64_t size = 0;
  int64_t device = 0, node = 0, seconds = 0, nanoseconds = 0;
  bool operator==(const FileState&) const = default;
};

// Throws Error(kData) if the file is missing, not a regular file, or write-protected (for everybody or for this process).
FileState state_of_writable(const std::string& path);

// Writes through an AtomicFile. Preserves permissions, owner and group (if this process may set them), extended attributes including the
// access control list, and the modification time, because programs sort and back up pictures by time and the user did not edit the file. If
// the path is a symbolic link, its target is replaced. Other hard links keep the old contents, as backup copies should. Throws Error(kData)
// and keeps the old file if it has changed since `before` or cannot be written.
// Copies a file with its permissions, extended attributes and modification time, and its owner and group if this process may set them.
// Throws Error(kData) if the copy cannot be written.
void copy_with_attributes(const std::string& path, const std::string& copy);

void rewrite_file(const std::string& path, const FileState& before, const std::string& contents);

}  // namespace tagloom
