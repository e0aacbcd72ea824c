// A list of pictures, a matrix of their tags and a dictionary.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_lists(Input input) {
  Choices choices(input);
  const bool binary = choices.below(2) == 1;
  const std::vector<std::string> pieces = pieces_of(choices.rest(), 3);
  const std::string& folder = folder_with({{"x_train_list.txt", pieces[0]},
                                           {"x_dict.txt", pieces[1]},
                                           {binary ? "x_train_annot.hvecs" : "x_train_annot.txt", pieces[2]}});
  import_and_check(kListsFormat, {.source = folder});
}

}  // namespace tagloom::fuzz
