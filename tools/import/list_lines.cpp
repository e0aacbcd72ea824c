#include "tools/import/list_lines.h"

#include "engine/core/interrupt.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::string_view text_of_bytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

ListLines::ListLines(const std::filesystem::path& file)
    : file_(file.string()), lines_(text_of_bytes(file_.bytes()), file.string()) {}

bool ListLines::next() {
  if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
  if (!lines_.next()) return false;
  line_ = trim(lines_.line());
  if (!line_.empty()) return true;
  const std::string place = lines_.place();
  while (lines_.next()) {
    TL_CHECK_AS(ErrorKind::kData, trim(lines_.line()).empty(), "{}: the line is empty; remove it if the list has no entry there",
                place);
  }
  return false;
}

std::vector<std::string> list_of(const std::filesystem::path& file) {
  std::vector<std::string> entries;
  for (ListLines lines(file); lines.next();) entries.emplace_back(lines.line());
  return entries;
}

}  // namespace tagloom
