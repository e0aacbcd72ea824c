#pragma once
// The metadata fields that contain a picture's keywords, and the spelling of a tag in each.
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

// "dc", "lr", "digikam" or "iptc", as in --keyword-fields.
const char* name_of(KeywordField field);

// Returns the fields of a list such as "dc,lr" without duplicates. Throws Error(kUsage) for an unknown or empty field.
std::vector<KeywordField> keyword_fields(const std::string& list);

// Returns the tag in the spelling of the field: Dog below Animals is "Dog" in dc and iptc, "Animals|Dog" in lr, "Animals/Dog" in digikam. A
// separator inside a level becomes a hyphen, because it would start a new level.
std::string keyword_in(KeywordField field, const std::string& tag, const std::vector<std::string>& parents = {});

// Strips blanks, tabs and line ends. Two keywords are the same if they are equal after this.
std::string trimmed(const std::string& keyword);

}  // namespace tagloom
