#pragma once
// A file of the fastest engine for each shape: timing the candidates again at each start would take longer than it saves.
//
//   tagloom plans 1
//   owner cuDNN 9.19.0, NVIDIA H200        the library and GPU that were timed
//   plan 38 2=1,7=16 0.000123 conv2d_forward bf16+bias n=32 ...
//   sum 1b2c3d4e5f607182                   FNV-1a of all bytes before this line
//
// A plan line contains the number of an engine or algorithm, its knobs as type=value, its time in seconds, and the name of the
// computation. A file with another owner or format, or one that was truncated or modified, is ignored: warning() returns the
// reason, and the next put() replaces the file.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tagloom::kernels {

struct PlanRecipe {
  int64_t engine = -1;
  std::vector<std::pair<int64_t, int64_t>> knobs = {};  // type, value
  double seconds = 0;
  bool operator==(const PlanRecipe&) const = default;
};

class PlanFile {
 public:
  // Reads FOLDER/plans_OWNER.txt; with an empty `folder` nothing is stored on disk. Never throws: without the file, plans are
  // timed again.
  PlanFile(const std::string& folder, std::string owner);

  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;

  std::optional<PlanRecipe> find(const std::string& name) const;
  // Adds a plan, merges the plans that other processes have stored since, and replaces the file atomically. If it cannot be
  // written, warning() returns the reason.
  void put(const std::string& name, const PlanRecipe& recipe);

  const std::string& path() const { return path_; }  // empty: plans stay in memory
  std::string warning() const;                       // of the last read or write, or empty

 private:
  std::map<std::string, PlanRecipe> read();
  void write();

  mutable std::mutex mutex_;  // threads may share a file
  std::string path_, owner_, warning_;
  std::map<std::string, PlanRecipe> plans_;
};

}  // namespace tagloom::kernels
