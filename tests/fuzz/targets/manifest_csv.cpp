// A CSV manifest.
#include "tests/fuzz/manifest_rows.h"

namespace tagloom::fuzz {
namespace {

std::string csv_field(const std::string& field) {
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

void manifest_csv(Input input) {
  read_and_write_manifest(input, read_manifest_csv, "path,tags\n", [](const auto& path, const auto& tags) {
    std::string field;
    for (const std::string& tag : tags) field += (field.empty() ? "" : ";") + tag;
    return csv_field(path) + "," + csv_field(field) + "\n";
  });
}

}  // namespace tagloom::fuzz
