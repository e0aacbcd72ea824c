#pragma once
// Implements --newer-than FILE|DATE, which selects pictures that changed after a point in time.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace tagloom {

struct FileTime {
  int64_t seconds = 0, nanoseconds = 0;
  auto operator<=>(const FileTime&) const = default;
};

// When the contents of the file, or of a link's target, last changed; nothing if that cannot be determined.
std::optional<FileTime> changed_at(const std::string& file);

// When the file with this name last changed or, if there is none, the start of a date: 2026-05-01, 2026-05-01T18:30 or 2026-05-01 18:30:05,
// in local time unless it ends with Z or an offset such as +02:00. Throws Error(kUsage) for anything else.
FileTime moment_of(const std::string& file_or_date);

}  // namespace tagloom
