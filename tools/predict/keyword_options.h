#pragma once
// The flags of tagpredict for keywords in sidecars and pictures.
#include <string>

#include "tools/command_line/options.h"

namespace tagloom {

struct KeywordOptions {
  std::string fields = "dc", sidecar_name = "jpg.xmp";
  bool embed = false, backup = false, undo = false;

  void declare(Options& options);
  // Changes the default format to xmp for --embed. Throws Error(kUsage) for flags that conflict with each other or the format.
  void check(std::string& format) const;
};

}  // namespace tagloom
