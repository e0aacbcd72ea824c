#pragma once
// Decides which keywords to add and remove, given those present, those that Tagloom wrote before, and the tags of the current run.
//
// The user's keywords are never recorded as Tagloom's, and are removed only on the user's request. Keywords that Tagloom wrote before and
// that the current request does not contain are removed, in every field. Keywords that Tagloom wrote and the user deleted are not written
// again, nor to other fields, until undo clears the record.
#include <map>
#include <string>
#include <vector>

#include "tools/library/xmp/machine_tags.h"

namespace tagloom {

struct SuggestedTag {
  std::string tag;
  float score = 0;
  std::vector<std::string> parents = {};  // the levels above it in a hierarchy, topmost first
};

struct KeywordRequest {
  std::vector<SuggestedTag> tags;
  std::vector<KeywordField> fields = {KeywordField::kDc};
  std::string model;                        // one line for the record
  std::vector<std::string> unfit_for_iptc;  // keywords that the file's IPTC cannot represent
  // The user decided on the tags: they are written without a record. Tagloom's other keywords are removed and not written again.
  bool by_user = false;
  std::vector<SuggestedTag> unwanted = {};  // by_user: tags to remove, whoever wrote them, and not to write again
  bool undo = false;                        // remove what Tagloom wrote, and its record; `tags` is empty
};

using ItemsByField = std::map<KeywordField, std::vector<XmpItem>>;

struct KeywordPlan {
  KeywordsByField added;
  std::map<KeywordField, std::vector<size_t>> removed;  // indices into the items, descending
  MachineTags record;                                   // the old one if nothing changes
  bool changes = false;                                 // whether a file must be written
};

// `items` contains the keywords of each field that the file can have; other fields are not in the plan.
KeywordPlan plan_keywords(const ItemsByField& items, const MachineTags& before, KeywordRequest request);

}  // namespace tagloom
