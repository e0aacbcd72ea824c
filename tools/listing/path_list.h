#pragma once
// Reads a list of picture paths from standard input or a file, while it is being written.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tools/listing/picture_stream.h"

namespace tagloom {

class PathList : public PictureStream {
 public:
  // `file` is a path, or "-" for standard input. Paths end with `separator`: a newline, before which a carriage return is dropped, or a
  // NUL. Relative paths are relative to the current folder. Throws Error(kData) if the file cannot be opened.
  PathList(const std::string& file, char separator);
  ~PathList() override;
  PathList(const PathList&) = delete;
  PathList& operator=(const PathList&) = delete;

  // Every path counts as a picture, even if it is repeated; only folders are skipped. Throws Error(kData) if the list cannot be read or is
  // not a list of paths.
  Next next(std::string& path, int milliseconds) override;

  int64_t paths() const { return paths_; }      // without folders
  int64_t folders() const { return folders_; }  // skipped, because `find` lists them too

 private:
  bool take(std::string& path);
  void read_more();

  std::string name_;
  char separator_;
  int descriptor_;
  std::string text_;  // unprocessed text begins at begin_
  size_t begin_ = 0, searched_ = 0;
  bool ended_ = false;
  int64_t paths_ = 0, folders_ = 0;
};

}  // namespace tagloom
