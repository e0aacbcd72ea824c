#pragma once
// Classifies files by name: pictures, hidden files, and pictures and videos that this build cannot read.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/data/picture_kinds.h"

namespace tagloom {

bool is_picture_name(std::string_view name);  // by its extension

// Whether a walk skips the name silently: names that begin with a dot (macOS's ._IMG.jpg, .DS_Store, .trash), and the folders
// in which systems keep thumbnails and deleted files (@eaDir, #recycle, $RECYCLE.BIN, ...).
bool is_hidden_name(std::string_view name);

// Counts the files of a library that are not read.
class UnreadKinds {
 public:
  void count(std::string_view name);  // a file that is not a picture; sidecars, captions and other files are not counted
  // "not read: 30 HEIC, 12 video"; empty if there are none.
  std::string sentence() const;

 private:
  std::map<const PictureKind*, int64_t> counts_;
};

}  // namespace tagloom
