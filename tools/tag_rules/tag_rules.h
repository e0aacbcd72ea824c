#pragma once
// Chooses the tags of a picture from a model's predictions, and names them according to the user's rules.
//
//   1. --include and --exclude restrict the tags.
//   2. --top-k, --threshold and --min-score choose among them.
//   3. --rename replaces a tag's name, --alias adds names; both look up the model's name, never a name that a rule assigned.
//   4. --tag-style changes the spelling of every level of every name.
//   5. A name that several tags share is given once, with the highest score.
#include <string>
#include <vector>

#include "engine/data/vocabulary.h"
#include "engine/selection/tag_selection.h"
#include "tools/predict/tagged_picture.h"
#include "tools/tag_rules/rule_file.h"
#include "tools/tag_rules/tag_matcher.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {

struct TagRuleFiles {
  std::string include, exclude, rename, alias;  // or empty
  TagStyle style = TagStyle::kPlain;
};

class TagRules {
 public:
  // Warns about rules that match no tag. Throws Error(kData) for an invalid file, two rules for the names of one tag, or rules that leave
  // no tag.
  TagRules(const Vocabulary& vocabulary, SelectionRule rule, const TagRuleFiles& files = {});

  // The given tags of picture i, best first.
  std::vector<ScoredTag> tags(const Predictions& predictions, int64_t i) const;

  // Sets picture.runners_up to the names of the `count` best tags that were not given, and picture.margin (near_misses.h). picture.tags
  // must contain the given tags.
  void add_near_misses(const Predictions& predictions, int64_t i, int64_t count, TaggedPicture& picture) const;

  // Every name that tags() may give for a tag of the vocabulary, with a score of 0; empty if the tag is excluded.
  const std::vector<ScoredTag>& names_of(int32_t tag) const { return names_[static_cast<size_t>(tag)]; }

 private:
  void leave_out(const TagMatcher& matcher, const TagRuleFiles& files);
  TagList ranking(const Predictions& predictions, int64_t i) const;  // without excluded tags
  void name(const TagMatcher& matcher, const std::string& file, bool replace);

  SelectionRule rule_;
  bool all_ = true;                            // no tag is excluded
  std::vector<std::vector<ScoredTag>> names_;  // [V]
};

}  // namespace tagloom
