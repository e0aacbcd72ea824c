#pragma once
// tagdata inspect: counts a manifest's pictures and tags, and tries to read every picture.
#include <cstdint>
#include <string>

namespace tagloom {

class Options;

struct InspectFlags {
  std::string manifest, words, sheet;
  int64_t top = 8, threads = 0;
  bool skip_pictures = false, json = false, quiet = false, strict = false;
};
void declare_inspect(Options& command, InspectFlags& flags);
int run_inspect(const InspectFlags& flags);

}  // namespace tagloom
