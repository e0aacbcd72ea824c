#pragma once
// The files and folders that a command line names, and the rule by which a picture that several of them cover is tagged once.
//
// A folder is known by its device and inode, a file by those of its folder and its name: other spellings of a path are the same, while
// hard links and links with other names are pictures of their own. Only the named ones are remembered: a walk does not follow links, so
// it meets any other folder twice only inside a named one that it meets twice.
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

  // Whether the folder, or the file of that name in it, is met for the first time. Always true for those that are not named.
  bool first_time(const FileId& folder, std::string_view name = {});
  bool first_time(const std::string& file);
  void forget_times();

 private:
  using Key = std::pair<FileId, std::string>;  // the name is empty for a folder
  std::vector<NamedInput> inputs_;
  std::map<Key, bool, std::less<>> met_;
};

}  // namespace tagloom
