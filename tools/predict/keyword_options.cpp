#include "tools/predict/keyword_options.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/library/keyword_fields.h"

namespace tagloom {

void KeywordOptions::declare(Options& options) {
  options
      .value(
          "--keyword-fields", fields, "LIST",
          "--format xmp: the fields for the keywords, separated by commas: dc (dc:subject), lr (lr:hierarchicalSubject), digikam "
          "(digiKam:TagsList) and, with --embed, iptc. Default dc.")
      .choice("--sidecar-name", sidecar_name, {"jpg.xmp", "xmp"},
              "--format xmp: a new sidecar of IMG.jpg is IMG.jpg.xmp or IMG.xmp; one that exists is used. Default jpg.xmp.")
      .flag("--embed", embed,
            "--format xmp: write the keywords into JPEG, PNG, TIFF and WebP files themselves, not into sidecars.")
      .flag("--backup", backup, "--embed: first keep the old file as PICTURE_original, if there is none yet.")
      .flag("--undo", undo,
            "tagpredict --undo PICTURES... removes the keywords that tagpredict wrote; see tagpredict --undo --help.");
}

void KeywordOptions::check(std::string& format) const {
  if (embed && (format.empty() || format == "text")) format = "xmp";
  TL_CHECK(!embed || format == "xmp", "--embed writes into pictures, and --format {} elsewhere: leave one out", format);
  TL_CHECK(!backup || embed, "--backup keeps pictures that --embed changes: add --embed, or leave it out");
  const std::vector<KeywordField> chosen = keyword_fields(fields);
  const bool iptc = std::ranges::find(chosen, KeywordField::kIptc) != chosen.end();
  TL_CHECK(!iptc || embed, "--keyword-fields has iptc, which only picture files hold: add --embed");
}

}  // namespace tagloom
