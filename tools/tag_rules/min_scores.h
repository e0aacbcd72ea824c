#pragma once
// Sets each tag's minimum score from the command line, the run's decisions.tsv or a file.
#include <string>
#include <vector>

#include "engine/data/vocabulary.h"
#include "engine/selection/tag_selection.h"

namespace tagloom {

// Sets rule.tag_thresholds from each of `min_scores` in turn: a number, which is the minimum score of all tags; "run" for `fitted`, the
// run's threshold of each tag, which a score must exceed; or the name of a file with lines such as dog = 0.7 (PATTERN = NUMBER; a later
// line overrides earlier ones). A tag that none of them names keeps its threshold in `rule`. Throws Error(kUsage) for any other text,
// Error(kData) for an invalid file.
void set_min_scores(SelectionRule& rule, const std::vector<std::string>& min_scores, const std::vector<float>& fitted,
                    const Vocabulary& vocabulary);

}  // namespace tagloom
