// A CSV file of Open Images' labels, and one with their names.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_openimages(Input input) {
  const std::vector<std::string> pieces = pieces_of(input, 2);
  import_and_check(kOpenImagesFormat,
                   {.source = folder_with({{"labels.csv", pieces[0]}, {"class-descriptions.csv", pieces[1]}})});
}

}  // namespace tagloom::fuzz
