#pragma once
// The flags of tagpredict for keywords in sidecars and pictures.
#include <string>

#include "tools/command_line/options.h"

namespace tagloom {

struct KeywordOptions {
  std::string fields = "dc", sidecar_name = "jpg.xmp";
  bool embed = false, backup = false, undo = false;

  void declare(Options& options);
  // Changes format text to xmp for --embed. Throws Error(kUsage) for flags that do not fit each other or the format.
  void check(std::string& format) const;
};

}  // namespace tagloom
