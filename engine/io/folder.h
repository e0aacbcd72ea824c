#pragma once
// Lists folders.
#include <filesystem>
#include <vector>

namespace tagloom {

// What the folder contains, in no order. Throws Error(kData) naming the folder if it cannot be read.
std::vector<std::filesystem::directory_entry> entries_of(const std::filesystem::path& folder);

}  // namespace tagloom
