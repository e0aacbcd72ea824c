#pragma once
// Trains and evaluates the systems of a suite, and writes their tables. In OUTPUT:
//
//   NAME/seed1/        the run, as tagtrain leaves it
//   NAME/seed1.log     what was said meanwhile
//   NAME/seed1.json    what was measured (suite_results.h)
//   tables.md
//
// A run is finished where it was trained with the settings that the suite now gives it; one that was stopped is gone on with;
// one whose settings have changed is done again.
#include <string>
#include <vector>

namespace tagloom {

struct SuiteFlags {
  std::string file, output;
  std::vector<std::string> set;  // for every training, over what the suite says
  std::string page;              // a Markdown page that gets the tables too, or empty
  int64_t jobs = 0;              // trainings side by side; 0: one
  bool dry_run = false, json = false, quiet = false;
};

// Returns tagtrain's exit code: that of the first system that failed, or 128 + signal where it was stopped.
int run_suite(const SuiteFlags& flags);

}  // namespace tagloom
