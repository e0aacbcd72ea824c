#pragma once
// Paths of pictures as a file in some folder names them.
#include <filesystem>
#include <map>
#include <string>

namespace tagloom {

class RelativePaths {
 public:
  // `folder` is that of the file, and need not exist; empty is the current one.
  explicit RelativePaths(const std::filesystem::path& folder);

  // The path relative to the folder; absolute if the two have only the root in common.
  std::string of(const std::filesystem::path& picture);

 private:
  std::filesystem::path folder_;                 // without symbolic links, through which ".." leads elsewhere
  std::map<std::string, std::string> prefixes_;  // of the folders of pictures
};

}  // namespace tagloom
