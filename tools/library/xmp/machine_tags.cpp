#include "tools/library/xmp/machine_tags.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/library/xmp/exiv2_packet.h"

namespace tagloom {
namespace {

std::string property_of(const char* kind, KeywordField field) { return format("{}-{}", kind, name_of(field)); }

std::vector<std::string> record_texts(const XmpDocument& document, const std::string& local) {
  std::vector<std::string> texts;
  for (const XmpItem& item : document.items({kTagloomNamespace, kTagloomPrefix, local.c_str()})) texts.push_back(item.text);
  return texts;
}

std::string record_text(const XmpDocument& document, const char* local) {
  const std::vector<std::string> texts = record_texts(document, local);
  return texts.empty() ? "" : texts[0];
}

}  // namespace

bool MachineTags::has_written(KeywordField field, const std::string& keyword) const {
  const auto found = written.find(field);
  return found != written.end() && std::ranges::find(found->second, keyword) != found->second.end();
}

MachineTags machine_tags_of(const XmpDocument& document) {
  MachineTags tags;
  tags.model = record_text(document, "Model");
  tags.created = record_text(document, "Created") == "True";
  tags.scores = record_texts(document, "Scores");
  for (const KeywordField field : kAllKeywordFields) {
    if (auto texts = record_texts(document, property_of("Written", field)); !texts.empty()) tags.written[field] = texts;
    if (auto texts = record_texts(document, property_of("Rejected", field)); !texts.empty()) tags.rejected[field] = texts;
  }
  return tags;
}

void record(XmpDocument& document, const MachineTags& tags) {
  std::vector<XmpDocument::List> properties;
  if (!tags.is_empty()) {
    properties = {{"Model", {tags.model}, false}};
    if (tags.created) properties.push_back({"Created", {"True"}, false});
    if (!tags.scores.empty()) properties.push_back({"Scores", tags.scores});
    for (const auto& [field, texts] : tags.written) properties.push_back({property_of("Written", field), texts});
    for (const auto& [field, texts] : tags.rejected) properties.push_back({property_of("Rejected", field), texts});
  }
  document.replace_namespace(kTagloomNamespace, kTagloomPrefix, properties);
}

XmpName xmp_name_of(KeywordField field) {
  switch (field) {
    case KeywordField::kDc:
      return {"http://purl.org/dc/elements/1.1/", "dc", "subject"};
    case KeywordField::kLr:
      return {"http://ns.adobe.com/lightroom/1.0/", "lr", "hierarchicalSubject"};
    case KeywordField::kDigikam:
      return {"http://www.digikam.org/ns/1.0/", "digiKam", "TagsList"};
    case KeywordField::kIptc:
      break;
  }
  fail(ErrorKind::kInternal, "IPTC keywords are not an XMP property");
}

}  // namespace tagloom
