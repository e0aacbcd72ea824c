// A TSV manifest.
#include "tests/fuzz/manifest_rows.h"

namespace tagloom::fuzz {
void manifest_tsv(Input input) {
  read_and_write_manifest(input, read_manifest_tsv, "\xEF\xBB\xBFpath\ttags\n", [](const auto& path, const auto& tags) {
    std::string row = in_quotes(path) + "\t";
    for (const std::string& tag : tags) row += (row.ends_with('\t') ? "" : ",") + in_quotes(tag);
    return row + "\r\n";
  });
}

}  // namespace tagloom::fuzz
