#pragma once
// The files and folders that a command line names. Ensures that a picture found through several of them is tagged once.
//
// A folder is identified by its device and inode, a file by its folder and its name: different spellings of a path are the same, but hard
// links and links with other names are separate pictures. Only named inputs are stored: walks do not follow links, so they can reach another
// folder twice only through a named folder that they reach twice.
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
  // Throws Error(kData) for a path that does not exist or cannot be accessed.
  explicit NamedInputs(const std::vector<std::string>& paths);

  const std::vector<NamedInput>& all() const { return inputs_; }
  bool any_folder() const;

  // Marks the folder, or the file of that name in it, as visited, and returns whether it was not before. Always true for anything that is
  // not a named input.
  bool first_visit(const FileId& folder, std::string_view name = {});
  bool first_visit(const std::string& file);
  void forget_visits();

 private:
  using Key = std::pair<FileId, std::string>;  // the name is empty for a folder
  std::vector<NamedInput> inputs_;
  std::map<Key, bool, std::less<>> visited_;
};

}  // namespace tagloom
