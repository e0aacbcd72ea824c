#pragma once
// Finds the pictures of a folder and its subfolders for importers, which stop at anything that they cannot read.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tagloom {

struct FolderVisits {
  std::function<bool(const std::string& picture)> picture;  // sorted by path; returns whether to go on
  std::function<void(std::string_view name)> other = {};    // each other file that is not hidden
};

// Does not follow links to folders. Throws Error(kData) if the folder or one below it cannot be read, or is not a folder, and Interrupted if a
// signal arrives.
void visit_pictures(const std::filesystem::path& folder, const FolderVisits& visits);

// Whether `fits` returns true for one of the first pictures of a folder; false for a file.
bool first_pictures_fit(const std::filesystem::path& folder, const std::function<bool(const std::string& picture)>& fits);

}  // namespace tagloom
