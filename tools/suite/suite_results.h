#pragma once
// The results of a suite's runs, and their tables.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/suite/suite_file.h"

namespace tagloom {

// One run's output of tageval --json.
struct SuiteEvaluation {
  std::map<std::string, double> metrics;
  std::vector<std::pair<std::string, std::string>> definitions;
  int64_t pictures = 0;
  std::map<std::string, int64_t> left_out;  // by reason, without zeros
};

// The record of one run, in RUN.json next to its folder. A missing or damaged file reads as an empty record; throws if it
// cannot be read.
struct SuiteRecord {
  bool trained = false;
  double seconds = 0;                              // of the training, summed over resumptions
  std::map<std::string, std::string> evaluations;  // settings of an evaluation -> output of tageval --json

  static SuiteRecord read(const std::string& path);
  void write(const std::string& path) const;
};

SuiteEvaluation parse_evaluation(const std::string& json);      // throws Error(kData)
std::string left_out_words(const SuiteEvaluation& evaluation);  // "unknown tags: 2, untagged pictures: 4"

// One evaluation per seed for each {row, table}; nullopt if it is missing.
struct SuiteResults {
  std::map<std::pair<std::string, std::string>, std::vector<std::optional<SuiteEvaluation>>> of;
  std::map<std::string, std::string> failures;  // row -> reason
};

struct MeanAndSpread {
  double mean = 0, spread = 0;  // spread: standard deviation over the seeds (n - 1); 0 for one seed
  int64_t seeds = 0;
};
std::optional<MeanAndSpread> mean_over_seeds(const SuiteResults& results, const std::string& row, const std::string& table,
                                             const std::string& metric);

// Each table of the suite in Markdown, under a heading of `level` #s and the definitions of its columns, each once.
std::string suite_tables(const Suite& suite, const SuiteResults& results, int level);

// {"suite", "rows": [{"name", "tables": {TABLE: {METRIC: {"mean", "spread", "seeds": [...]}}}, "left_out": {TABLE: {REASON: N}},
// "failure"}]}
std::string suite_json(const Suite& suite, const SuiteResults& results);

// The page with the text between "<!-- suite: NAME -->" and "<!-- end of suite -->" replaced. Throws Error(kData) with `path` if the
// page does not have these markers.
std::string with_tables(const std::string& page, const std::string& name, const std::string& tables, const std::string& path);

}  // namespace tagloom
