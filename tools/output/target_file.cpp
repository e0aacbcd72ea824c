#include "tools/output/target_file.h"

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"

namespace tagloom {

namespace fs = std::filesystem;

std::string resolved_path(const std::string& file) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error), name = fs::weakly_canonical(absolute, error);
  return (error ? absolute : name).string();
}

void require_new(const std::string& file, bool replace) {
  std::error_code ignored;
  TL_CHECK(replace || file.empty() || !fs::is_regular_file(file, ignored), "{}: already exists: add --force to replace it", file);
}

void require_target(const std::string& file, const std::vector<fs::path>& inputs) {
  if (file.empty()) return;
  for (const fs::path& input : inputs) {
    std::error_code ignored;
    TL_CHECK(!fs::equivalent(file, input, ignored), "{}: is an input of this command: write to another file", file);
  }
  require_folder_of(file);
}

void sweep_folder_of(const std::string& file) {
  if (!file.empty()) sweep_temporaries(fs::path(resolved_path(file)).parent_path().string());
}

}  // namespace tagloom
