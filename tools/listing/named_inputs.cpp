#include "tools/listing/named_inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::optional<std::pair<FileId, std::string>> folder_and_name(const std::string& file) {
  const std::filesystem::path path(file), folder = path.has_parent_path() ? path.parent_path() : ".";
  struct stat status;
  if (stat(folder.c_str(), &status) != 0) return {};
  return {{{status.st_dev, status.st_ino}, path.filename().string()}};
}

}  // namespace

NamedInputs::NamedInputs(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    struct stat status;
    const int error = stat(path.c_str(), &status) == 0 ? 0 : errno;
    TL_CHECK_AS(ErrorKind::kData, error != ENOENT && error != ENOTDIR, "{}: there is no such file or folder", path);
    TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: cannot be read: {}", path, std::strerror(error));
    inputs_.push_back({path, S_ISDIR(status.st_mode)});
    if (inputs_.back().folder)
      visited_[{FileId{status.st_dev, status.st_ino}, ""}] = false;
    else if (const auto key = folder_and_name(path))
      visited_[*key] = false;
  }
}

bool NamedInputs::any_folder() const {
  return std::any_of(inputs_.begin(), inputs_.end(), [](const NamedInput& input) { return input.folder; });
}

bool NamedInputs::first_visit(const FileId& folder, std::string_view name) {
  const auto found = visited_.find(Key{folder, name});
  return found == visited_.end() || !std::exchange(found->second, true);
}

bool NamedInputs::first_visit(const std::string& file) {
  const auto key = folder_and_name(file);
  return !key || first_visit(key->first, key->second);
}

void NamedInputs::forget_visits() {
  for (auto& [key, visited] : visited_) visited = false;
}

}  // namespace tagloom
