#pragma once
// The pictures and subfolders of one folder, sorted; each takes about 30 bytes.
#include <sys/types.h>

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/listing/picture_stream.h"

namespace tagloom {

struct FileId {
  dev_t device = 0;
  ino_t node = 0;
  auto operator<=>(const FileId&) const = default;
};

class FolderNames {
 public:
  // Reads the folder and reports errors; with `follow`, also a link to a folder.
  FolderNames(const std::string& path, bool follow, const ListingEvents& events);

  // The next name, sorted by bytes. The name of a subfolder ends with a slash, so whole paths are sorted too.
  bool next(std::string_view& name);

  const FileId& id() const { return id_; }
  bool read() const { return read_; }  // whether the whole folder could be read

 private:
  void add(std::string_view name, bool folder);

  FileId id_;
  bool read_ = true;
  std::string text_;            // the names, each followed by a NUL
  std::vector<size_t> starts_;  // the start of each name in text_
  size_t next_ = 0;
};

// folder + "/" + name.
std::string path_in(const std::string& folder, std::string_view name);

}  // namespace tagloom
