#pragma once
// Spelling suggestions: the known word nearest to a mistyped one.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

// The candidate with the smallest edit distance to `word` (insertions, deletions, substitutions and swaps of
// neighbours count 1; case is ignored), or empty if that distance exceeds a third of the word's length (at least 1). Ties: the
// first candidate.
std::string closest_match(std::string_view word, const std::vector<std::string>& candidates);

// The end of an error message: ` (did you mean "bicycle"?)`, or empty if no candidate is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tagloom
