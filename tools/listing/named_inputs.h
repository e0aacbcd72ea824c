#pragma once
// The files and folders that a command line names. Ensures that a picture found through several of them is tagged once.
//
// A folder is identified by its device and inode, a file by its folder and its name: different spellings of a path are the same, but hard
// links and links with other names are separate pictures. Only named inputs are stored. A walk does not follow links, so it reaches any
// other folder twice only inside a named one that it reaches twice.
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/listing/folder_names.h"

namespace tagloom {

struct NamedInput {
  std::string path;
  bool folder = false;
};

class NamedInputs {
 public:
  // Throws Error(kData) for one that does not exist or cannot be looked up.
  explicit NamedInputs(const std::vector<std::string>& paths);

  const std::vector<NamedInput>& all() const { return inputs_; }
  bool any_folder() const;

  // Whether the folder, or the file of that name in it, is seen for the first time. Always true for anything that is not named.
  bool first_time(const FileId& folder, std::string_view name = {});
  bool first_time(const std::string& file);
  void forget_times();

 private:
  using Key = std::pair<FileId, std::string>;  // the name is empty for a folder
  std::vector<NamedInput> inputs_;
  std::map<Key, bool, std::less<>> met_;
};

}  // namespace tagloom
