// Sidecars with any tags that a vocabulary may have: well-formed, with exactly these tags, also when written twice.
#include "tools/output/xmp.h"

#include "engine/data/vocabulary.h"
#include "tests/fuzz/markup_check.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {

namespace {

// XML has no U+FFFE and U+FFFF: a sidecar has U+FFFD instead.
std::string in_xml(std::string tag) {
  for (const char* missing : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at; (at = tag.find(missing)) != tag.npos;) tag.replace(at, 3, "\xEF\xBF\xBD");
  }
  return tag;
}

}  // namespace

void xmp(Input input) {
  std::vector<std::string> tags = Vocabulary::load(path_of(input)).names();
  const std::string sidecar = xmp_with_tags("", tags, "fuzz.xmp");
  require(xmp_with_tags(sidecar, tags, "fuzz.xmp") == sidecar, "writing again changes a sidecar", sidecar);
  for (std::string& tag : tags) tag = in_xml(tag);
  require(check_markup(sidecar, false, "rdf:li") == tags, "a sidecar has other tags", sidecar);
}

}  // namespace tagloom::fuzz
