// decisions.tsv of a run with three tags.
#include "engine/selection/tag_decisions.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {

void decisions(Input input) {
  const std::vector<std::string> tags = {"sky", "sea", "blue sky"};
  const TagDecisions decisions = read_decisions(path_of(input), tags);
  require(decisions.size() == tags.size(), "a tag has no decision");
  const std::string text = decisions_text(decisions, tags);
  const TagDecisions again = accepted([&] { return read_decisions(path_of(text), tags); });
  require(decisions_text(again, tags) == text, "the decisions changed", text);
}

}  // namespace tagloom::fuzz
