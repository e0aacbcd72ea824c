#include "tools/export/relative_paths.h"

#include <algorithm>

namespace tagloom {
namespace {

namespace fs = std::filesystem;

}  // namespace

RelativePaths::RelativePaths(const fs::path& folder)
    : folder_(fs::weakly_canonical(fs::absolute(folder.empty() ? "." : folder))) {
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
}

std::string RelativePaths::of(const fs::path& picture) {
  const std::string parent = picture.parent_path().string();
  const auto [found, added] = prefixes_.emplace(parent, "");
  if (added) {
    std::error_code error;
    const fs::path absolute = fs::absolute(parent.empty() ? "." : parent);
    fs::path folder = fs::weakly_canonical(absolute, error);
    if (error) folder = absolute.lexically_normal();
    const auto common = std::mismatch(folder.begin(), folder.end(), folder_.begin(), folder_.end()).first;
    const bool related = std::distance(folder.begin(), common) > 1 || folder_ == folder_.root_path();
    const fs::path prefix = related ? folder.lexically_relative(folder_) : folder;
    found->second = prefix == "." ? "" : (prefix / "").string();
  }
  return found->second + picture.filename().string();
}

}  // namespace tagloom
