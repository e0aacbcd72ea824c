// A vocabulary file.
#include "engine/data/vocabulary.h"

#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {

void vocabulary(Input input) {
  const Vocabulary vocabulary = Vocabulary::load(path_of(input));
  for (int64_t id = 0; id < vocabulary.size(); ++id) require(vocabulary.find(vocabulary.name(id)) == id, "a tag has another id");
  const std::string text = written([&](const std::string& path) { vocabulary.save(path); });
  require(accepted([&] { return Vocabulary::load(path_of(text)); }) == vocabulary, "the vocabulary changed");
}

}  // namespace tagloom::fuzz
