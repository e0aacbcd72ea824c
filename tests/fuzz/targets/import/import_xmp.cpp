// A sidecar, and a picture with keywords.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_xmp(Input input) {
  Choices choices(input);
  ImportRequest request;
  request.hierarchy = choices.below(2) == 1;
  const std::string name = choices.below(2) == 1 ? "a.jpg" : "a.png";
  const std::vector<std::string> pieces = pieces_of(choices.rest(), 2);
  std::vector<SourceFile> files = {{name, pieces[1]}};
  if (!pieces[0].empty()) files.push_back({"a.xmp", pieces[0]});
  request.source = folder_with(files);
  import_and_check(kXmpFormat, request);
}

}  // namespace tagloom::fuzz
