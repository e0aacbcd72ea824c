#pragma once
// Finds the pictures in a folder and its subfolders while they are being tagged: it holds the names of one folder at each level, and
// no folder open.
#include <cstddef>
#include <string>
#include <vector>

#include "tools/listing/folder_names.h"
#include "tools/listing/named_inputs.h"

namespace tagloom {

class FolderWalk {
 public:
  // Leaves out what `named` has met before. Both references must outlive the walk.
  FolderWalk(const std::string& folder, NamedInputs& named, const ListingEvents& events);

  // The next picture, sorted by path; false at the end.
  bool next(std::string& path);

  bool found_nothing() const { return found_nothing_; }  // no picture, no folder that another input covers, and no problem

 private:
  struct Level {
    FolderNames names;
    size_t path_size;  // of its folder's path in path_
  };
  void enter(bool follow);

  NamedInputs& named_;
  const ListingEvents& events_;
  std::string path_;  // of the folder being read
  std::vector<Level> levels_;
  bool found_nothing_ = true;
};

}  // namespace tagloom
