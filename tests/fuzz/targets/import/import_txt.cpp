// The text file of a picture, with commas or spaces between the tags.
#include <array>

#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_txt(Input input) {
  Choices choices(input);
  ImportRequest request;
  request.txt_style = std::array{"auto", "comma", "booru"}[static_cast<size_t>(choices.below(3))];
  request.keep_underscores = choices.below(2) == 1;
  request.keep_meta = choices.below(2) == 1;
  const std::vector<std::string> pieces = pieces_of(choices.rest(), 2);
  request.source = folder_with({{"a.jpg", ""}, {"a.txt", pieces[0]}, {"b.png", ""}, {"b.png.txt", pieces[1]}});
  import_and_check(kTxtFormat, request);
}

}  // namespace tagloom::fuzz
