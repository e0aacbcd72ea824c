// TSV manifests: photos/a.jpg<TAB>sky,sea
#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {

void read_manifest_tsv(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  TextLines lines(text, name);
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (line.find_first_not_of(' ') == line.npos) continue;
    const size_t tab = line.find('\t');
    TL_CHECK_AS(ErrorKind::kData, tab != line.npos, "{}: the row has no tab: write PATH<TAB>TAG,TAG", lines.place());
    TL_CHECK_AS(ErrorKind::kData, line.find('\t', tab + 1) == line.npos, "{}: has more than one tab; a row is path<TAB>tag,tag",
                lines.place());
    builder.add_row(line.substr(0, tab), split_tags(line.substr(tab + 1), ","), lines.number(), lines.place());
  }
}

}  // namespace tagloom
