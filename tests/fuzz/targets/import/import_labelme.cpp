// An annotation of LabelMe: XML of the web tool, or JSON of the desktop program.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_labelme(Input input) {
  Choices choices(input);
  const char* name = choices.below(2) == 1 ? "a.json" : "Annotations/c/a.xml";
  import_and_check(kLabelmeFormat, {.source = folder_with({{name, std::string(text_of(choices.rest()))}})});
}

}  // namespace tagloom::fuzz
