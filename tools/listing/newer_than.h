#pragma once
// --newer-than FILE|DATE: pictures that were changed after a moment.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace tagloom {

struct FileTime {
  int64_t seconds = 0, nanoseconds = 0;
  auto operator<=>(const FileTime&) const = default;
};

// When the contents of the file last changed, of a link those of its target; nothing if it cannot be looked up.
std::optional<FileTime> changed_at(const std::string& file);

// The moment of a file, if there is one of this name, or of a date: 2026-05-01, 2026-05-01T18:30 or 2026-05-01 18:30:05, in local time, or
// with Z or +02:00. Throws Error(kUsage) for anything else.
FileTime moment_of(const std::string& file_or_date);

}  // namespace tagloom
