#pragma once
// What tagdata does: one function a command, with its flags in a struct.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

class Options;

// Takes tagdata's arguments; returns the exit code.
int tagdata_command(const std::vector<std::string>& arguments);

// tagdata scenes: the built-in dataset.
struct ScenesFlags {
  std::string out;
  int64_t images = 3000, size = 64, seed = 1, quality = 92, threads = 0;
  std::string format = "jpg";
  bool force = false, quiet = false;
};
void declare_scenes(Options& command, ScenesFlags& flags);
int run_scenes(const ScenesFlags& flags);

// tagdata inspect: what a manifest lists, and whether its pictures can be read.
struct InspectFlags {
  std::string manifest, words, sheet;
  int64_t top = 8, threads = 0;
  bool skip_pictures = false, json = false, quiet = false;
};
void declare_inspect(Options& command, InspectFlags& flags);
int run_inspect(const InspectFlags& flags);

}  // namespace tagloom
