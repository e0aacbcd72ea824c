#include "tools/import/source_files.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/listing/file_kinds.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsualExtensions[] = {".jpg", ".jpeg", ".JPG", ".png"};

fs::file_type type_of(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  TL_CHECK_AS(ErrorKind::kData, type != fs::file_type::none, "{}: {}", printable(path.string()), error.message());
  return type;
}

}  // namespace

bool is_folder(const fs::path& path) { return type_of(path) == fs::file_type::directory; }
bool is_file(const fs::path& path) { return type_of(path) == fs::file_type::regular; }

std::vector<std::string> file_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!is_hidden_name(name) && is_file(entry->path())) names.push_back(name);
  }
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot be read: {}", folder.string(), error.message());
  std::ranges::sort(names);
  return names;
}

fs::path listed_picture(const fs::path& folder, std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '\\', '/');
  std::vector<std::string> names = {text};
  if (!is_picture_name(text)) {
    names.clear();
    for (const char* extension : kUsualExtensions) names.push_back(text + extension);
  }
  const bool absolute = text.starts_with('/');
  if (!absolute && names.size() == 1) return folder / text;
  for (const std::string& candidate : names) {
    const fs::path path = folder / fs::path(candidate).relative_path();
    if (is_file(path)) return path;
  }
  if (absolute) {
    for (const std::string& candidate : names) {
      if (is_file(candidate)) return candidate;
    }
  }
  return folder / names.front();
}

}  // namespace tagloom
