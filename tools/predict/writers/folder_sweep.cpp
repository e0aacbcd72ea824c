#include "tools/predict/writers/folder_sweep.h"

#include <filesystem>

#include "engine/io/atomic_file.h"

namespace tagloom {

void FolderSweep::sweep_folder_of(const std::string& picture) {
  const std::string folder = std::filesystem::absolute(picture).parent_path().string();
  if (folder == last_) return;
  last_ = folder;
  if (swept_.insert(folder).second) sweep_temporaries(folder);
}

}  // namespace tagloom
