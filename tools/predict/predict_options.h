#pragma once
// The command line of tagpredict.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/command_line/options.h"
#include "tools/predict/keyword_options.h"
#include "tools/predict/tag_options.h"

namespace tagloom {

struct PredictOptions {
  std::string run, checkpoint;      // run: a folder, or a file with weights
  std::string classes;              // of a file with weights
  std::vector<std::string> inputs;  // pictures and folders; empty if files_from is set
  std::string files_from;           // "-" for standard input
  bool null = false;                // the list's paths end with NULs
  std::string format;               // empty if only a review page is written
  std::string output, newer_than;
  bool skip_existing = false, watch = false;
  std::optional<int64_t> top_k;
  std::optional<double> threshold;
  std::string review;  // the page to write
  std::string apply;   // the decisions to write; run and inputs are then empty
  bool scores = false, quiet = false;
  TagOptions tags;
  KeywordOptions keywords;
  SettingsFlags changes;

  bool writes_beside() const;  // the format is caption or xmp, which write files next to the pictures, or the pictures
  bool one_stream() const;     // the format is text, csv or jsonl, which go to stdout or --output

  // Returns false after printing --help or --version. Throws Error(kUsage) for wrong flags.
  bool parse(const std::vector<std::string>& arguments);

 private:
  void check_inputs();
};

}  // namespace tagloom
