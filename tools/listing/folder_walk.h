#pragma once
// Finds the pictures in a folder and its subfolders while they are being tagged. It keeps the names of one folder per level in memory, and
// no folder open.
#include <cstddef>
#include <string>
#include <vector>

#include "tools/listing/folder_names.h"
#include "tools/listing/named_inputs.h"

namespace tagloom {

class FolderWalk {
 public:
  // Skips what `named` has already seen. Both references must outlive the walk.
  FolderWalk(const std::string& folder, NamedInputs& named, const ListingEvents& events);

  // The next picture, sorted by path; false at the end.
  bool next(std::string& path);

  bool found_nothing() const { return found_nothing_; }  // no picture, no problem, and no folder that another input covers

 private:
  struct Level {
    FolderNames names;
    size_t path_size;  // size of the folder's path in path_
  };
  void enter(bool follow);

  NamedInputs& named_;
  const ListingEvents& events_;
  std::string path_;  // the folder being read
  std::vector<Level> levels_;
  bool found_nothing_ = true;
};

}  // namespace tagloom
