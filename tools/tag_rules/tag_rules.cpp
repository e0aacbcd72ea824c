#include "tools/tag_rules/tag_rules.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tools/predict/near_misses.h"

namespace tagloom {
namespace {

ScoredTag tag_of_levels(const TagLevels& levels) { return {levels.back(), 0, {levels.begin(), levels.end() - 1}}; }

bool same_name(const ScoredTag& a, const ScoredTag& b) { return a.name == b.name && a.parents == b.parents; }

void add_name(std::vector<ScoredTag>& tags, const ScoredTag& tag) {
  const auto known = std::find_if(tags.begin(), tags.end(), [&](const ScoredTag& other) { return same_name(other, tag); });
  if (known == tags.end())
    tags.push_back(tag);
  else
    known->score = std::max(known->score, tag.score);
}

std::span<const float> scores_of(const Predictions& predictions, int64_t i) {
  const auto count = static_cast<size_t>(predictions.tag_count);
  return std::span(predictions.scores).subspan(static_cast<size_t>(i) * count, count);
}

// Whether each tag matches a rule of the file.
std::vector<bool> listed_tags(const TagMatcher& matcher, const std::string& file, size_t tags) {
  std::vector<bool> listed(tags);
  const RuleFile rules = read_tag_list(file);
  for (const TagRule& rule : rules.rules)
    for (const int32_t tag : matcher.matches(rule.tag)) listed[static_cast<size_t>(tag)] = true;
  matcher.warn_of_unmatched(rules);
  return listed;
}

}  // namespace

TagRules::TagRules(const Vocabulary& vocabulary, SelectionRule rule, const TagRuleFiles& files) : rule_(std::move(rule)) {
  for (const std::string& name : vocabulary.names()) names_.push_back({{name}});
  const TagMatcher matcher(vocabulary);
  if (!files.rename.empty()) name(matcher, files.rename, true);
  if (!files.alias.empty()) name(matcher, files.alias, false);
  for (std::vector<ScoredTag>& names : names_) {
    for (ScoredTag& tag : names) {
      tag.name = in_style(tag.name, files.style);
      for (std::string& parent : tag.parents) parent = in_style(parent, files.style);
    }
  }
  leave_out(matcher, files);
}

void TagRules::leave_out(const TagMatcher& matcher, const TagRuleFiles& files) {
  const size_t count = names_.size();
  const std::vector<bool> wanted =
      files.include.empty() ? std::vector<bool>(count, true) : listed_tags(matcher, files.include, count);
  const std::vector<bool> unwanted =
      files.exclude.empty() ? std::vector<bool>(count) : listed_tags(matcher, files.exclude, count);
  size_t left = 0;
  for (size_t tag = 0; tag < count; ++tag) {
    if (wanted[tag] && !unwanted[tag])
      ++left;
    else
      names_[tag].clear();
  }
  all_ = left == count;
  TL_CHECK_AS(ErrorKind::kData, left > 0, "{}: leaves none of the {} tags of this run: list some of its vocabulary.txt",
              files.include.empty() ? files.exclude : files.include, count);
}

void TagRules::name(const TagMatcher& matcher, const std::string& file, bool replace) {
  const RuleFile rules = read_tag_names(file);
  std::vector<int64_t> line_of(names_.size());
  for (const bool patterns : {false, true}) {
    const std::vector<int64_t> named = line_of;  // a rule with the tag's name overrides patterns
    for (const TagRule& rule : rules.rules) {
      if (rule.tag.is_glob() != patterns) continue;
      for (const int32_t id : matcher.matches(rule.tag)) {
        const auto tag = static_cast<size_t>(id);
        if (named[tag] > 0) continue;
        TL_CHECK_AS(ErrorKind::kData, line_of[tag] == 0,
                    "{}:{}: line {} already names this tag: write all names in one line, TAG = NAME, NAME", file, rule.line,
                    line_of[tag]);
        line_of[tag] = rule.line;
        if (replace) names_[tag].clear();
        for (const TagLevels& levels : rule.names) names_[tag].push_back(tag_of_levels(levels));
      }
    }
  }
  matcher.warn_of_unmatched(rules);
}

TagList TagRules::ranking(const Predictions& predictions, int64_t i) const {
  TL_CHECK(predictions.tag_count == static_cast<int64_t>(names_.size()), "[tag_rules] predictions of {} tags, rules for {}",
           predictions.tag_count, names_.size());
  TagList ranking = predictions.ranking.empty() ? rank_by_score(scores_of(predictions, i), predictions.tag_count)
                                                : predictions.ranking[static_cast<size_t>(i)];
  if (!all_) std::erase_if(ranking, [&](int32_t tag) { return names_of(tag).empty(); });
  return ranking;
}

std::vector<ScoredTag> TagRules::tags(const Predictions& predictions, int64_t i) const {
  const std::span<const float> scores = scores_of(predictions, i);
  std::vector<ScoredTag> tags;
  for (const int32_t id : select_tags(ranking(predictions, i), scores, rule_)) {
    for (ScoredTag tag : names_of(id)) {
      tag.score = scores[static_cast<size_t>(id)];
      add_name(tags, tag);
    }
  }
  return tags;
}

void TagRules::add_near_misses(const Predictions& predictions, int64_t i, int64_t count, TaggedPicture& picture) const {
  const std::span<const float> scores = scores_of(predictions, i);
  const NearMisses near = near_misses(ranking(predictions, i), scores, rule_, count);
  picture.margin = near.margin;
  for (const int32_t id : near.runners_up) {
    for (ScoredTag tag : names_of(id)) {
      tag.score = scores[static_cast<size_t>(id)];
      const bool given =
          std::any_of(picture.tags.begin(), picture.tags.end(), [&](const ScoredTag& one) { return same_name(one, tag); });
      if (!given) add_name(picture.runners_up, tag);
    }
  }
}

}  // namespace tagloom
