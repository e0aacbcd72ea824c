// metadata.jsonl or metadata.csv of an imagefolder.
#include "tests/fuzz/import_check.h"
#include "tools/import/formats.h"

namespace tagloom::fuzz {

void import_huggingface(Input input) {
  Choices choices(input);
  const char* name = choices.below(2) == 1 ? "metadata.csv" : "metadata.jsonl";
  ImportRequest request;
  request.column = choices.below(2) == 1 ? "text" : "";
  request.source = folder_with({{name, std::string(text_of(choices.rest()))}});
  import_and_check(kHuggingfaceFormat, request);
}

}  // namespace tagloom::fuzz
