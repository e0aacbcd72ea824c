#include "tools/tag_rules/min_scores.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

#include "kernels/base/error.h"
#include "tools/tag_rules/tag_matcher.h"

namespace tagloom {
namespace {

// Returns a threshold that a score exceeds if it is at least `least`.
float threshold_below(float least) { return std::nextafter(least, -std::numeric_limits<float>::infinity()); }

std::optional<float> number_in(const std::string& text) {
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return {};
  return number;
}

void apply_file(const std::string& file, const Vocabulary& vocabulary, std::vector<float>& thresholds) {
  const TagMatcher matcher(vocabulary);
  const RuleFile rules = read_tag_scores(file);
  for (const TagRule& rule : rules.rules)
    for (const int32_t tag : matcher.matches(rule.tag)) thresholds[static_cast<size_t>(tag)] = threshold_below(rule.score);
  matcher.warn_of_unmatched(rules);
}

}  // namespace

void set_min_scores(SelectionRule& rule, const std::vector<std::string>& min_scores, const std::vector<float>& fitted,
                    const Vocabulary& vocabulary) {
  TL_CHECK(rule.threshold, "[set_min_scores] the rule has no threshold");
  std::vector<float>& thresholds = rule.tag_thresholds;
  if (thresholds.empty()) thresholds.assign(static_cast<size_t>(vocabulary.size()), static_cast<float>(*rule.threshold));
  for (const std::string& from : min_scores) {
    const std::optional<float> number = number_in(from);
    if (number) {
      thresholds.assign(thresholds.size(), threshold_below(*number));
    } else if (from == "run") {
      thresholds = fitted;
    } else {
      TL_CHECK(std::filesystem::exists(from), "--min-score {}: this is neither a number, nor \"run\", nor a file", from);
      apply_file(from, vocabulary, thresholds);
    }
  }
}

}  // namespace tagloom
