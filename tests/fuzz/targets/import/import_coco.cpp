// COCO's JSON of instances, and tags in the order of the source or of the area of their objects.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_coco(Input input) {
  Choices choices(input);
  ImportRequest request;
  request.crowd = choices.below(2) == 0;
  request.largest_first = choices.below(2) == 1;
  request.source = folder_with({{"instances_train.json", std::string(text_of(choices.rest()))}}) + "/instances_train.json";
  import_and_check(kCocoFormat, request);
}

}  // namespace tagloom::fuzz
