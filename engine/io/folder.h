#pragma once
// Lists folders, and makes changes to them durable.
#include <filesystem>
#include <string>
#include <vector>

namespace tagloom {

// What the folder contains, in no order. Throws Error(kData) naming the folder if it cannot be read.
std::vector<std::filesystem::directory_entry> entries_of(const std::filesystem::path& folder);

// After it, files that were renamed or removed in the folder stay so after a power failure. Returns 0, or errno; 0 too where that is
// not possible: in a folder that cannot be read, or on a file system without it.
int sync_folder(const std::string& folder);

}  // namespace tagloom
