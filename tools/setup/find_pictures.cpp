#include "tools/setup/find_pictures.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "engine/data/picture_kinds.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

bool has_picture_extension(const fs::path& path) { return is_picture_extension(path.extension().string()); }

// Links to folders are not followed, so that a folder is read once.
void search(const fs::path& folder, FoundPictures& found) {
  const auto report = [&found](const fs::path& path, const std::error_code& error) {
    found.unreadable.push_back(format("{}: cannot be read: {}", path.string(), error.message()));
  };
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error) return report(folder, error);
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code problem;
    const fs::file_status status = entry->status(problem);
    if (fs::is_regular_file(status)) {
      if (has_picture_extension(path)) found.paths.push_back(path.string());
    } else if (fs::is_directory(status)) {
      if (!entry->is_symlink(problem)) search(path, found);
    } else if (status.type() == fs::file_type::none || (!fs::exists(status) && has_picture_extension(path))) {
      report(path, problem ? problem : std::make_error_code(std::errc::no_such_file_or_directory));  // a link that leads nowhere
    }
  }
  if (error) report(folder, error);
}

}  // namespace

FoundPictures find_pictures(const std::vector<std::string>& inputs) {
  FoundPictures found;
  for (const std::string& input : inputs) {
    std::error_code error;
    const fs::file_status status = fs::status(input, error);
    TL_CHECK_AS(ErrorKind::kData, status.type() != fs::file_type::not_found, "{}: there is no such file or folder", input);
    TL_CHECK_AS(ErrorKind::kData, status.type() != fs::file_type::none, "{}: cannot be read: {}", input, error.message());
    if (!fs::is_directory(status)) {
      found.paths.push_back(input);
      continue;
    }
    const size_t first = found.paths.size(), problems = found.unreadable.size();
    search(input, found);
    std::sort(found.paths.begin() + static_cast<std::ptrdiff_t>(first), found.paths.end());
    const bool empty = found.paths.size() == first && found.unreadable.size() == problems;
    TL_CHECK_AS(ErrorKind::kData, !empty, "{}: this folder has no pictures ({})", input, decoded_extensions());
  }
  std::set<std::string> seen;
  std::erase_if(found.paths, [&](const std::string& path) { return !seen.insert(path).second; });
  return found;
}

}  // namespace tagloom
