// A TSV manifest.
#include "tests/fuzz/manifest_rows.h"

namespace tagloom::fuzz {
namespace {

std::string tsv_field(const std::string& field) {
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

void manifest_tsv(Input input) {
  read_and_write_manifest(input, read_manifest_tsv, "\xEF\xBB\xBF", [](const auto& path, const auto& tags) {
    std::string row = tsv_field(path) + "\t";
    for (const std::string& tag : tags) row += (row.ends_with('\t') ? "" : ",") + tsv_field(tag);
    return row + "\r\n";
  });
}

}  // namespace tagloom::fuzz
