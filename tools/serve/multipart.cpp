#include "tools/serve/multipart.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

constexpr size_t kMostPartHeaderBytes = 4096, kLongestBoundary = 70;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_blanks(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Removes and returns the text before `end`, and removes `end`. Returns nothing if `end` is not found.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const size_t at = text.find(end);
  if (at == text.npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return taken;
}

// Removes and returns the value of a parameter: a token up to the next ';', or a quoted string.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const size_t end = std::min(text.find(';'), text.size());
    value = without_blanks(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return value;
}

// The value of a parameter such as boundary in "multipart/form-data; boundary=x".
std::optional<std::string> parameter(std::string_view text, std::string_view name) {
  while (take_until(text, ";")) {
    const size_t equals = text.find_first_of("=;");
    if (equals == text.npos || text[equals] == ';') continue;
    const std::string_view key = without_blanks(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    text = text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
    std::string value = take_value(text);
    if (equal_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

// The value of a part's Content-Disposition field.
std::string_view disposition(std::string_view header) {
  while (!header.empty()) {
    std::string_view line = take_until(header, "\r\n").value_or("");
    const std::optional<std::string_view> field = take_until(line, ":");
    if (field && equal_ignoring_case(without_blanks(*field), "content-disposition")) return without_blanks(line);
  }
  return "";
}

}  // namespace

bool is_media_type(std::string_view content_type, std::string_view kind) {
  return equal_ignoring_case(without_blanks(content_type.substr(0, content_type.find(';'))), kind);
}

std::vector<FormFile> parse_form(std::string_view content_type, std::string_view body) {
  const auto require = [](bool good, const char* problem) { TL_CHECK_AS(ErrorKind::kData, good, "the form {}", problem); };
  const std::string boundary = parameter(content_type, "boundary").value_or("");
  require(!boundary.empty() && boundary.size() <= kLongestBoundary, "has no boundary of 1 to 70 characters in its Content-Type");
  const std::string delimiter = "\r\n--" + boundary;

  std::string_view rest = body;
  const bool starts_at_once = rest.starts_with(std::string_view(delimiter).substr(2));
  if (starts_at_once) rest.remove_prefix(delimiter.size() - 2);
  require(starts_at_once || take_until(rest, delimiter), "does not contain its boundary");

  std::vector<FormFile> files;
  while (!rest.starts_with("--")) {
    const std::string_view padding = take_until(rest, "\r\n").value_or("x");
    require(without_blanks(padding).empty(), "has text after a boundary");
    std::string_view header = rest.substr(0, kMostPartHeaderBytes);
    const size_t end = header.find("\r\n\r\n");
    require(end != header.npos, "has a part whose header does not end");
    header = header.substr(0, end + 2);
    rest.remove_prefix(end + 4);
    const std::optional<std::string_view> content = take_until(rest, delimiter);
    require(content.has_value(), "ends in the middle of a part");
    const std::optional<std::string> name = parameter(disposition(header), "filename");
    TL_CHECK_AS(ErrorKind::kData, name.has_value(),
                "the form's field \"{}\" is not a file: send pictures as files, and options in the query, as in /tag?top_k=3",
                printable(parameter(disposition(header), "name").value_or("")));
    require(files.size() < kMostFormFiles, "has more than 256 files");
    files.push_back({*name, *content});
  }
  require(!files.empty(), "has no files");
  return files;
}

}  // namespace tagloom
