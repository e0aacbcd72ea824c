#pragma once
// Reads a whole file into memory.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tagloom {

// Both throw Error(kData) naming the path if it is missing, unreadable, not a regular file (a folder, pipe, socket or device, without
// waiting for it), or shrinks during the read.
std::vector<uint8_t> read_file(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// For a text that the command line names: also reads a pipe, such as bash's <(…), a terminal, or a device such as /dev/null, of at most
// 64 MiB. Throws Interrupted (engine/core/interrupt.h) if a signal arrives while it waits.
std::string read_text_or_pipe(const std::filesystem::path& path);

}  // namespace tagloom
