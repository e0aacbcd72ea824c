#pragma once
// What was measured of a suite's runs, and the tables of it.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/suite/suite_file.h"

namespace tagloom {

// What tageval --json said of one run.
struct SuiteEvaluation {
  std::map<std::string, double> metrics;
  std::vector<std::pair<std::string, std::string>> definitions;
  int64_t pictures = 0;
};

// Of one run, beside its folder: RUN.json. A file that is not there, or that is damaged, is a run of which nothing is known.
struct SuiteRecord {
  bool trained = false;
  double seconds = 0;                              // of the training, over all its starts
  std::map<std::string, std::string> evaluations;  // the settings of an evaluation: what tageval --json printed

  static SuiteRecord read(const std::string& path);
  void write(const std::string& path) const;
};

SuiteEvaluation parse_evaluation(const std::string& json);  // throws Error(kData)

// Every number: of a row, of a table, one evaluation a seed (nothing: it is not there).
struct SuiteResults {
  std::map<std::pair<std::string, std::string>, std::vector<std::optional<SuiteEvaluation>>> of;
  std::map<std::string, std::string> failures;  // of a row: why
};

struct MeanAndSpread {
  double mean = 0, spread = 0;  // spread: the standard deviation over the seeds, / (n - 1); 0 of one
  int64_t seeds = 0;
};
std::optional<MeanAndSpread> mean_over_seeds(const SuiteResults& results, const std::string& row, const std::string& table,
                                             const std::string& metric);

// One Markdown table for each of the suite's, under a heading of `level` #s with the definition of its columns.
std::string suite_tables(const Suite& suite, const SuiteResults& results, int level);

// {"suite", "rows": [{"name", "tables": {TABLE: {METRIC: {"mean", "spread", "seeds": [...]}}}, "failure"}]}
std::string suite_json(const Suite& suite, const SuiteResults& results);

// The page with what stands between "<!-- suite: NAME -->" and "<!-- end of suite -->" replaced. Throws Error(kData), naming
// `path`, where the page has no such place.
std::string with_tables(const std::string& page, const std::string& name, const std::string& tables, const std::string& path);

}  // namespace tagloom
