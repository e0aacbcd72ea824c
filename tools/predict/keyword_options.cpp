#include "tools/predict/keyword_options.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/library/keyword_fields.h"

namespace tagloom {

void KeywordOptions::declare(Options& options) {
  options
      .value("--keyword-fields", fields, "LIST",
             "--format xmp: metadata fields to write, separated by commas: dc (dc:subject), lr (lr:hierarchicalSubject), digikam "
             "(digiKam:TagsList) and, with --embed, iptc. Default dc.")
      .choice("--sidecar-name", sidecar_name, {"jpg.xmp", "xmp"},
              "--format xmp: name a new sidecar of IMG.jpg IMG.jpg.xmp or IMG.xmp; an existing one is used. Default jpg.xmp.")
      .flag("--embed", embed,
            "--format xmp: write the keywords to JPEG, PNG, TIFF and WebP files themselves instead of sidecars.")
      .flag("--backup", backup, "--embed: first save the old file as PICTURE_original, unless that exists.")
      .flag("--undo", undo,
            "tagpredict --undo PICTURES... removes the keywords that tagpredict wrote: see tagpredict --undo --help.");
}

void KeywordOptions::check(std::string& format) const {
  if (embed && (format.empty() || format == "text")) format = "xmp";
  TL_CHECK(!embed || format == "xmp", "--embed writes XMP to pictures and cannot be used with --format {}: remove one of them",
           format);
  TL_CHECK(!backup || embed, "--backup saves the pictures that --embed changes: add --embed, or remove --backup");
  const std::vector<KeywordField> chosen = keyword_fields(fields);
  const bool iptc = std::ranges::find(chosen, KeywordField::kIptc) != chosen.end();
  TL_CHECK(!iptc || embed, "--keyword-fields contains iptc, which only picture files have: add --embed");
}

}  // namespace tagloom
