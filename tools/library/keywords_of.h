#pragma once
// Reads the keywords that a picture already has, from its sidecars and from the picture file itself.
#include <string>
#include <vector>

#include "tools/library/keyword_plan.h"

namespace tagloom {

struct Keyword {
  std::string text;  // in the spelling of the field: "Dog", "Animals|Dog" (lr), "Animals/Dog" (digikam); trimmed
  KeywordField field = KeywordField::kDc;
  bool embedded = false;  // in the picture file, not in a sidecar
  bool machine = false;   // written by Tagloom, according to its record
};

struct PictureKeywords {
  std::vector<Keyword> keywords;      // no duplicates within a field of a file
  std::string model;                  // the model that wrote the machine keywords; empty if there are none
  std::string embedded_model;         // the same for those in the picture file
  std::vector<std::string> problems;  // one sentence for each file whose keywords cannot be read
};

// Reads PICTURE.xmp and, if it belongs to this picture (sidecar.h), STEM.xmp, and the metadata of JPEG, PNG, TIFF, WebP and RAW files.
// Invalid contents never throw. A picture without metadata or in another format has no embedded keywords.
PictureKeywords keywords_of(const std::string& picture);

// Returns the keywords that Tagloom wrote and the user deleted, in a file with these contents.
KeywordsByField rejected_in(const ItemsByField& items, const MachineTags& record);

// The same for the picture's sidecars other than `except`. Sidecars that cannot be read have none.
KeywordsByField rejected_in_sidecars(const std::string& picture, const std::string& except);

}  // namespace tagloom
