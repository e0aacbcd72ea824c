#pragma once
// Decides which keywords are added and removed, given what is there, what Tagloom wrote before and what a run suggests now.
//
// A person's keywords are never recorded as Tagloom's, and removed only if the person asks for it. Those that Tagloom wrote before and that are not wanted now are
// removed, in every field. What Tagloom wrote and a person deleted is not written again, until undo forgets it.
#include <map>
#include <string>
#include <vector>

#include "tools/library/xmp/machine_tags.h"

namespace tagloom {

struct SuggestedTag {
  std::string tag;
  float score = 0;
  std::vector<std::string> parents = {};  // the tags above it in a hierarchy, topmost first
};

struct KeywordRequest {
  std::vector<SuggestedTag> tags;
  std::vector<KeywordField> fields = {KeywordField::kDc};
  std::string model;                        // for the record, one line
  std::vector<std::string> unfit_for_iptc;  // keywords that a file's IPTC cannot hold
  // The tags are a person's decision: they are written without a record, and what Tagloom wrote otherwise is removed and not written again.
  bool by_person = false;
  std::vector<SuggestedTag> unwanted = {};  // by_person: tags that are removed, whoever wrote them, and not written again
  bool undo = false;                        // remove what Tagloom wrote, and its record; `tags` is empty
};

using ItemsByField = std::map<KeywordField, std::vector<XmpItem>>;

struct KeywordPlan {
  KeywordsByField added;
  std::map<KeywordField, std::vector<size_t>> removed;  // indices into the items, descending
  MachineTags record;                                   // the old one if nothing changes
  bool changes = false;                                 // whether a file has to be written
};

// `items` has the keywords of each field that the file can hold; others are left out of the plan.
KeywordPlan plan_keywords(const ItemsByField& items, const MachineTags& before, const KeywordRequest& request);

}  // namespace tagloom
