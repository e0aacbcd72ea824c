#pragma once
// The record, in XMP, of the keywords that Tagloom wrote, so that they can be distinguished from the user's and removed.
//
// It has its own namespace, a urn:uuid, which needs no registration; Exiv2, Adobe's toolkit and exiftool preserve properties in unknown
// namespaces. A keyword that was already there is never recorded. A recorded keyword that is missing was deleted by the user: it is moved
// to the rejected keywords and not written again.
//
//   tagloom:Model                the run and its weights; no date, so that the same run writes the same bytes
//   tagloom:Created              "True" if Tagloom created the sidecar
//   tagloom:Scores               a Bag of "0.9312 Animals|Dog"
//   tagloom:Written-FIELD        a Bag of the keywords that Tagloom wrote into the field (dc, lr, digikam, iptc)
//   tagloom:Rejected-FIELD       a Bag of those that the user deleted or rejected
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

// Replaces the record, or removes it if it is empty.
void record(XmpDocument& document, const MachineTags& tags);

// Returns the XMP property of a field other than kIptc.
XmpName xmp_name_of(KeywordField field);

}  // namespace tagloom
