#pragma once
// Checks the files that a command is about to write.
#include <filesystem>
#include <string>
#include <vector>

namespace tagloom {

// Throws Error(kUsage) if the file exists, without `replace`.
void require_new(const std::string& file, bool replace);

// Throws Error(kUsage) if the file is one of those that the command reads, and Error(kData) if its folder does not exist. Empty
// names are no files.
void require_target(const std::string& file, const std::vector<std::filesystem::path>& inputs);

// Absolute, and without links as far as it exists.
std::string resolved_path(const std::string& file);

// Removes what killed processes left in the file's folder (atomic_file.h).
void sweep_folder_of(const std::string& file);

}  // namespace tagloom
