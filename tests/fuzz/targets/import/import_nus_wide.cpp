// NUS-WIDE's list of pictures, its concepts, and the labels of two of them, or the tags of users.
#include <array>

#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_nus_wide(Input input) {
  Choices choices(input);
  const char* source = std::array{"", "/All_Tags.txt", "/AllTags1k.txt"}[static_cast<size_t>(choices.below(3))];
  const std::vector<std::string> pieces = pieces_of(choices.rest(), 4);
  const std::string& folder = folder_with({{"Imagelist.txt", pieces[0]},
                                           {"Concepts81.txt", pieces[1]},
                                           {"TagList1k.txt", pieces[1]},
                                           {"AllLabels/Labels_sky.txt", pieces[2]},
                                           {"AllLabels/Labels_sea.txt", pieces[3]},
                                           {"All_Tags.txt", pieces[2]},
                                           {"AllTags1k.txt", pieces[3]}});
  import_and_check(kNusWideFormat, {.source = folder + source});
}

}  // namespace tagloom::fuzz
