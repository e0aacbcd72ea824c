#pragma once
// The flags of tagpredict that choose tags, rename them and spell them.
#include <string>
#include <vector>

#include "tools/command_line/options.h"

namespace tagloom {

struct TagOptions {
  std::string include, exclude, rename, alias;  // files of rules, or empty
  std::vector<std::string> min_scores;          // each a number, "run" or a file
  std::string style = "plain";                  // a name of kTagStyles
  std::string caption_prefix;
  bool overwrite_captions = false;
  bool explain = false;

  void declare(Options& options);
  bool takes_run_thresholds() const;            // --min-score run
  void check(const std::string& format) const;  // throws Error(kUsage) for flags that the format does not support
};

}  // namespace tagloom
