#pragma once
// The record, in XMP, of the keywords that Tagloom wrote, so that they can be told from people's and taken back.
//
// It has a namespace of its own, a urn:uuid, which needs no registration; Exiv2's, Adobe's and exiftool's readers keep
// properties of a namespace that they do not know. A keyword that was there before is never recorded. A recorded keyword that is gone was
// deleted by a person: it moves to the rejected ones and is not written again.
//
//   tagloom:Model                the run and its weights; no date, so that the same run writes the same bytes
//   tagloom:Created              "True" if Tagloom created the sidecar
//   tagloom:Scores               a Bag of "0.9312 Animals|Dog"
//   tagloom:Written-FIELD        a Bag of the keywords that Tagloom wrote into the field (dc, lr, digikam, iptc)
//   tagloom:Rejected-FIELD       a Bag of those among them that a person deleted
#include <map>
#include <string>
#include <vector>

#include "tools/library/keyword_fields.h"
#include "tools/library/xmp/xmp_document.h"

namespace tagloom {

using KeywordsByField = std::map<KeywordField, std::vector<std::string>>;

struct MachineTags {
  std::string model;
  bool created = false;
  std::vector<std::string> scores;
  KeywordsByField written, rejected;  // fields without keywords have no entry

  bool is_empty() const { return written.empty() && rejected.empty() && !created; }
  bool has_written(KeywordField field, const std::string& keyword) const;
};

MachineTags machine_tags_of(const XmpDocument& document);

// Replaces the record; an empty one is removed.
void record(XmpDocument& document, const MachineTags& tags);

// The XMP property of a field that is not kIptc.
XmpName xmp_name_of(KeywordField field);

}  // namespace tagloom
