#pragma once
// The command line of tagpredict.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/command_line/options.h"
#include "tools/predict/tag_options.h"

namespace tagloom {

struct PredictOptions {
  std::string run, checkpoint;
  std::vector<std::string> inputs;  // pictures and folders
  std::string format = "text";
  std::optional<int64_t> top_k;
  std::optional<double> threshold;
  bool scores = false, quiet = false;
  TagOptions tags;
  SettingsFlags changes;

  // Returns false after printing --help or --version. Throws Error(kUsage) for wrong flags.
  bool parse(const std::vector<std::string>& arguments);
};

}  // namespace tagloom
