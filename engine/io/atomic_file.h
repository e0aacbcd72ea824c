#pragma once
// Writes a file completely or not at all: to a temporary file next to the target, flushed to disk, then renamed onto it.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tagloom {

//   AtomicFile file("runs/x/last.safetensors", 51 << 20);
//   file.write(header);
//   file.write(weights);
//   file.commit();  // flush, fsync, rename, fsync the folder
//
// Without commit() the destructor removes the temporary file. A killed process leaves it; sweep_temporaries() removes it later. The
// file is locked (flock) while it is being written. Every name that the file system allows can be written.
//
// The target keeps its permissions, and a symbolic link keeps its destination. A pipe or a device (/dev/stdout) cannot be
// replaced: it is written directly. Errors are of kind kData and name the target; after one, the old target is unchanged.
class AtomicFile {
 public:
  // expected_bytes is only used in the message for a full disk; 0 if unknown.
  explicit AtomicFile(std::string path, int64_t expected_bytes = 0);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  // Flushes to disk, so that commit() only renames: of several files, all are complete before the first is replaced.
  void prepare();
  void commit();

  int64_t bytes_written() const { return written_; }
  const std::string& temporary_path() const { return temporary_; }  // empty if the target is written directly

 private:
  void flush();
  [[noreturn]] void fail_with(int error, const char* doing) const;

  std::string path_;       // as given by the caller, for messages
  std::string target_;     // with symbolic links resolved
  std::string temporary_;  // TARGET.tmp-tagloom-PID-COUNT; if that is too long a name, START~HASH.tmp-tagloom-PID-COUNT
  std::string buffer_;
  int64_t expected_ = 0;
  int64_t written_ = 0;
  int fd_ = -1;
};

// Throws the Error(kData) that writing this file would if its folder does not exist: before long work whose result is written there.
void require_folder_of(const std::string& path);

// Also removes what killed processes left in its folder.
void write_file_atomically(const std::string& path, std::string_view text);

// Removes the temporary files that killed processes left in this folder: regular files named *.tmp-tagloom-PID-COUNT whose
// process is gone and that no process has locked, so a process in another container or on another host of a network file system keeps
// its files. Removes nothing where files cannot be locked. Never throws: leftovers only take space.
void sweep_temporaries(const std::string& folder);

namespace detail {
// Some file systems cannot fsync a folder or a pipe and return these errors; that is not a write failure.
bool fsync_is_unsupported(int error);
// Repeats write() until everything is written. Returns 0, or errno.
int write_fully(int fd, std::span<const std::byte> bytes);
std::string disk_full_message(const std::string& path, int64_t needed_bytes, int64_t free_bytes);
}  // namespace detail

}  // namespace tagloom
