#pragma once
// Which engine a library was fastest with, kept on disk: timing the candidates again at each start would take longer than it saves.
//
//   tagloom plans 1
//   owner cuDNN 9.19.0, NVIDIA H200        what the times hold for
//   plan 38 2=1,7=16 0.000123 conv2d_forward bf16+bias n=32 ...
//   sum 1b2c3d4e5f607182                   of all bytes before this line
//
// A plan is the number of an engine or an algorithm, its knobs as type=value, the seconds it took, and the name of what it computes. A file of another
// owner or format, or one that was cut short or changed, is not used: warning() says so, and the next put() replaces it.
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
  // Reads DIR/plans_OWNER.txt. An empty folder keeps nothing on disk. Never throws: without its file a plan is made anew.
  PlanFile(const std::string& folder, std::string owner);

  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;

  std::optional<PlanRecipe> find(const std::string& name) const;
  // Writes the file anew under another name and renames it, with the plans that other processes have put there since. What cannot be
  // written is not: warning() says why.
  void put(const std::string& name, const PlanRecipe& recipe);

  const std::string& path() const { return path_; }  // empty: nothing is kept
  std::string warning() const;                       // of the last read or write; empty: none

 private:
  std::map<std::string, PlanRecipe> read();
  void write();

  mutable std::mutex mutex_;  // threads may share a file
  std::string path_, owner_, warning_;
  std::map<std::string, PlanRecipe> plans_;
};

}  // namespace tagloom::kernels
