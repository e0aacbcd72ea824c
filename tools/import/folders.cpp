// One folder per class: photos/cat/1.jpg has the tag cat. Pictures in folders below it have the tag of the first folder.
#include <algorithm>

#include "engine/io/folder.h"
#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/listing/file_kinds.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

// Sorted by name, so that the result does not depend on the file system.
std::vector<fs::directory_entry> sorted_entries(const fs::path& folder) {
  std::vector<fs::directory_entry> entries = entries_of(folder);
  std::erase_if(entries, [](const fs::directory_entry& entry) { return is_hidden_name(entry.path().filename().string()); });
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool has_picture_or_folder(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    const std::string name = entry.path().filename().string();
    if (!is_hidden_name(name) && (is_picture_name(name) || entry.is_directory(ignored))) return true;
  }
  return false;
}

bool looks_like_folders(const fs::path& source) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(source, error)) {
    std::error_code ignored;
    if (!is_hidden_name(entry.path().filename().string()) && entry.is_directory(ignored) && has_picture_or_folder(entry.path()))
      return true;
  }
  return false;
}

// A link to a folder is followed only as a class, so that loops end.
void add_pictures(const fs::path& folder, const std::string& tag, const ImportSink& sink) {
  for (const fs::directory_entry& entry : sorted_entries(folder)) {
    if (entry.is_directory() && !entry.is_symlink())
      add_pictures(entry.path(), tag, sink);
    else if (is_picture_name(entry.path().filename().string()))
      sink({entry.path(), {tag}});
  }
}

ImportReport read_folders(const ImportRequest& request, const ImportSink& sink) {
  TL_CHECK_AS(ErrorKind::kData, fs::is_directory(request.source), "{}: is not a folder", request.source.string());
  const fs::path root = request.split.empty() ? request.source : request.source / request.split;
  ImportReport report;
  report.left_out = {{0, "picture outside the class folders", "pictures outside the class folders"}};
  for (const fs::directory_entry& entry : sorted_entries(root)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory()) {
      report.words.push_back(name);
      add_pictures(entry.path(), name, sink);
    } else if (is_picture_name(name)) {
      ++report.left_out[0].count;
    }
  }
  TL_CHECK_AS(ErrorKind::kData, !report.words.empty(), "{}: contains no folders; this format needs one per class", root.string());
  return report;
}

}  // namespace

const DatasetFormat kFoldersFormat = {"folders", "One folder per class: FOLDER/cat/1.jpg.", "split", looks_like_folders,
                                      read_folders};

}  // namespace tagloom
