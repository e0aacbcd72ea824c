#pragma once
// Reads a whole file into memory.
#include <cstdint>
#include <filesystem>
#include <vector>

namespace tagloom {

// Throws Error(kData) naming the path if it is missing, a folder, unreadable, or shrinks during the read.
std::vector<uint8_t> read_file(const std::filesystem::path& path);

}  // namespace tagloom
