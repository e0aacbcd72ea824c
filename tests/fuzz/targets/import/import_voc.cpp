// An XML annotation of PASCAL VOC, and the list of a split.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_voc(Input input) {
  Choices choices(input);
  ImportRequest request;
  request.split = choices.below(2) == 1 ? "train" : "";
  request.difficult = choices.below(2) == 0;
  request.largest_first = choices.below(2) == 1;
  const std::vector<std::string> pieces = pieces_of(choices.rest(), 2);
  request.source =
      folder_with({{"Annotations/a.xml", pieces[0]}, {"ImageSets/Main/train.txt", pieces[1]}, {"JPEGImages/b.jpg", ""}});
  import_and_check(kVocFormat, request);
}

}  // namespace tagloom::fuzz
