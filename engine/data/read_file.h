#pragma once
// Reads a whole file into memory, or says in one sentence why it could not.
#include <cstdint>
#include <filesystem>
#include <vector>

namespace tagloom {

// Throws Error(kData) naming the path when it is missing, a folder, not readable or shrinks while it is read.
std::vector<uint8_t> read_file(const std::filesystem::path& path);

}  // namespace tagloom
