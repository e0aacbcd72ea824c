#pragma once
// Lists folders, and makes changes to them durable. Errors have the names of the paths, which std::filesystem's iterators leave out.
#include <filesystem>
#include <string>
#include <vector>

namespace tagloom {

// What the folder contains, in no order. Throws Error(kData) naming the folder if it cannot be read.
std::vector<std::filesystem::directory_entry> entries_of(const std::filesystem::path& folder);

// Whether anything has this path; a broken link has it too. Throws Error(kData) if that cannot be found out.
bool is_taken(const std::filesystem::path& path);

// After it, files that were renamed or removed in the folder stay so after a power failure. Returns 0, or errno; 0 too where that is
// not possible: in a folder that cannot be read, or on a file system without it.
int sync_folder(const std::string& folder);

}  // namespace tagloom
