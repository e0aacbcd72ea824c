#pragma once
// Removes the temporary files of killed runs from the folders of pictures.
#include <set>
#include <string>

namespace tagloom {

class FolderSweep {
 public:
  // Does nothing if this folder was swept before.
  void sweep_folder_of(const std::string& picture);

 private:
  std::string last_;
  std::set<std::string> swept_;
};

}  // namespace tagloom
