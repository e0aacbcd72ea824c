#pragma once
// Trains and evaluates the systems of a suite and writes their tables. In OUTPUT:
//
//   NAME/seed1/        the run folder of tagtrain
//   NAME/seed1.log     its messages
//   NAME/seed1.json    its results (suite_results.h)
//   tables.md
//
// Keeps finished runs, resumes stopped ones, and trains again those whose settings have changed.
#include <string>
#include <vector>

namespace tagloom {

struct SuiteFlags {
  std::string file, output;
  std::vector<std::string> set;  // for every training; overrides the suite file
  std::string page;              // a Markdown page that gets the tables too, or empty
  int64_t jobs = 0;              // trainings at a time; 0 means one
  std::string command;           // the whole command line, which resumes a stopped suite
  bool dry_run = false, json = false, quiet = false, strict = false;
};

// Returns tagtrain's exit code: that of the first system that failed, or 128 + signal if a signal stopped it.
int run_suite(const SuiteFlags& flags);

}  // namespace tagloom
