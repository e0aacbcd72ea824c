#pragma once
// Maps a whole file as read-only bytes, so that opening 500 MB of weights copies nothing.
#include <cstddef>
#include <span>
#include <string>

namespace tagloom {

// Throws kData if the file is missing, a folder, a pipe, or unreadable, and OutOfMemory if it does not fit the address space. An empty
// file gives an empty span. The file must not be shortened while it is mapped; Tagloom's writers never do that, they rename a new file
// over it.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return bytes_; }

  // Gives the memory of the whole pages between two positions back to the system; reading them again reads the file.
  void release(const void* begin, const void* end);

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace tagloom
