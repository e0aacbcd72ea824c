#pragma once
// The places of a picture's metadata that hold keywords, and how a tag is spelled in each.
#include <string>
#include <vector>

namespace tagloom {

enum class KeywordField {
  kDc,       // dc:subject in XMP: a flat list, which every photo manager reads
  kLr,       // lr:hierarchicalSubject in XMP: Lightroom's hierarchy, levels separated by |
  kDigikam,  // digiKam:TagsList in XMP: digiKam's hierarchy, levels separated by /
  kIptc,     // the IPTC dataset Keywords (2:25), which only picture files have
};

inline constexpr KeywordField kAllKeywordFields[] = {KeywordField::kDc, KeywordField::kLr, KeywordField::kDigikam,
                                                     KeywordField::kIptc};

// "dc", "lr", "digikam" or "iptc": the words of --keyword-fields.
const char* name_of(KeywordField field);

// The fields of a list such as "dc,lr", each once. Throws Error(kUsage) for an unknown or empty one.
std::vector<KeywordField> keyword_fields(const std::string& list);

// A tag as the field spells it: Dog below Animals is "Dog" in dc and iptc, "Animals|Dog" in lr, "Animals/Dog" in digikam. A separator inside
// a level becomes a hyphen, because it would begin a new level.
std::string keyword_in(KeywordField field, const std::string& tag, const std::vector<std::string>& parents = {});

// Without blanks, tabs and line ends around it: two keywords are the same if these are equal.
std::string trimmed(const std::string& keyword);

}  // namespace tagloom
