#include "tools/listing/newer_than.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Whether the text matches `form`, in which 0 matches any digit.
bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                    [](char c, char of) { return of == '0' ? c >= '0' && c <= '9' : c == of; });
}

// Seconds east of UTC for "Z" or "+02:00"; nothing if it is not a zone.
std::optional<int64_t> zone_of(const std::string& text) {
  if (text == "Z") return 0;
  if (!has_form(text, "+00:00") && !has_form(text, "-00:00")) return {};
  const int64_t hours = std::stoll(text.substr(1, 2)), minutes = std::stoll(text.substr(4, 2));
  if (hours > 23 || minutes > 59) return {};
  return (text[0] == '-' ? -60 : 60) * (60 * hours + minutes);
}

std::optional<int64_t> seconds_of_date(std::string text) {
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  const size_t end = std::min(text.find_first_of("Z+", 10), std::min(text.find('-', 10), text.size()));
  const std::string date = text.substr(0, end), zone_text = text.substr(end);
  if (!has_form(date, "0000-00-00") && !has_form(date, "0000-00-00T00:00") && !has_form(date, "0000-00-00T00:00:00")) return {};
  const std::optional<int64_t> zone = zone_of(zone_text);
  if (!zone && !zone_text.empty()) return {};
  std::tm time{};
  std::sscanf(date.c_str(), "%d-%d-%dT%d:%d:%d", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min,
              &time.tm_sec);
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  time.tm_isdst = zone ? 0 : -1;
  const std::tm given = time;
  const int64_t seconds = zone ? timegm(&time) - *zone : mktime(&time);  // both functions turn 31 April into 1 May
  const bool exists = time.tm_mday == given.tm_mday && time.tm_mon == given.tm_mon && given.tm_hour < 24 && given.tm_min < 60 &&
                      given.tm_sec < 60;
  if (!exists) return {};
  return seconds;
}

}  // namespace

std::optional<FileTime> changed_at(const std::string& file) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0) return {};
  return FileTime{status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

FileTime moment_of(const std::string& file_or_date) {
  if (const auto time = changed_at(file_or_date)) return *time;
  if (const auto seconds = seconds_of_date(file_or_date)) return {*seconds, 0};
  fail(ErrorKind::kUsage, "--newer-than: {} is neither a file nor a date: give a date such as 2026-05-01 or 2026-05-01T18:30",
       file_or_date);
}

}  // namespace tagloom
