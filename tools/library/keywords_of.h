#pragma once
// The keywords that a picture already has: in its sidecars and in the picture file itself.
#include <string>
#include <vector>

#include "tools/library/keyword_fields.h"

namespace tagloom {

struct Keyword {
  std::string text;  // as the field spells it: "Dog", "Animals|Dog" (lr), "Animals/Dog" (digikam); without blanks around it
  KeywordField field = KeywordField::kDc;
  bool embedded = false;  // in the picture file, not in a sidecar
  bool machine = false;   // written by Tagloom, as its record says, and not by a person
};

struct PictureKeywords {
  std::vector<Keyword> keywords;      // each text once per field and file
  std::string model;                  // the model that wrote the machine tags; empty if there are none
  std::vector<std::string> problems;  // one sentence for each file whose keywords cannot be read
};

// Reads PICTURE.xmp and, if it belongs to this picture (sidecar.h), STEM.xmp, and the metadata of JPEG, PNG, TIFF, WebP and RAW files. Never
// throws for what a file contains; a picture without metadata or of another format has no embedded keywords.
PictureKeywords keywords_of(const std::string& picture);

}  // namespace tagloom
