#pragma once
// Iterates over the files in a tar archive in memory, without copying or unpacking them.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tagloom {

// Reads ustar, pax and GNU archives. Folders, links, devices and pipes are passed over: only files with their own bytes count. Names are as
// in the archive and may be anything, "../a.jpg" too: nothing is written to disk. Throws Error(kData), "a.tar: …", for a file that is not an
// uncompressed tar archive, ends too early, or has a sparse file.
class TarMembers {
 public:
  // The bytes must outlive the reader.
  TarMembers(std::span<const std::byte> archive, std::string file);
  ~TarMembers();
  TarMembers(const TarMembers&) = delete;
  TarMembers& operator=(const TarMembers&) = delete;

  bool next();                                                   // false at the end
  std::string_view name() const { return name_; }                // until next()
  std::span<const uint8_t> content() const { return content_; }  // part of the archive

 private:
  struct Reader;

  std::span<const uint8_t> entry_content();

  std::span<const std::byte> archive_;
  std::string file_, name_;
  std::span<const uint8_t> content_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace tagloom
