// decisions.tsv of a run with three tags.
#include "engine/selection/tag_decisions.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {

void decisions(Input input) {
  const std::vector<std::string> tags = {"sky", "sea", "blue sky"};
  const std::string weights = "0123456789abcdef";
  const TagDecisions decisions = read_decisions(path_of(input), tags, "");
  require(decisions.size() == tags.size(), "a tag has no decision");
  const std::string text = decisions_text(decisions, tags, weights);
  const TagDecisions again = accepted([&] { return read_decisions(path_of(text), tags, weights); });
  require(decisions_text(again, tags, weights) == text, "the decisions changed", text);
}

}  // namespace tagloom::fuzz
