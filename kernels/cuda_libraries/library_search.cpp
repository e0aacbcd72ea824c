#include "kernels/cuda_libraries/library_search.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "kernels/base/error.h"

namespace tagloom::kernels {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<std::string> split_at_colons(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ':');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

// Folders in the order in which they are added, without missing ones and duplicates.
class Folders {
 public:
  void add(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !fs::is_directory(real, error)) return;
    if (std::find(folders_.begin(), folders_.end(), real.string()) == folders_.end()) folders_.push_back(real.string());
  }
  // The entries whose names begin with `start`, in descending order: python3.11 before python3.9, cuda-13.0 before cuda-12.8.
  static std::vector<fs::path> inside(const fs::path& folder, const std::string& start) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, error)) {
      if (entry.path().filename().string().starts_with(start)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
      return std::pair(a.string().size(), a.string()) > std::pair(b.string().size(), b.string());
    });
    return found;
  }
  void add_toolkit(const fs::path& toolkit) {
    if (toolkit.empty()) return;
    for (const char* folder : {"lib64", "lib"}) add(toolkit / folder);
    for (const fs::path& target : inside(toolkit / "targets", "")) add(target / "lib");
  }
  // A Python's packages: nvidia/cudnn/lib, nvidia/cublas/lib, nvidia/cu13/lib and so on.
  void add_python(const fs::path& prefix) {
    if (prefix.empty()) return;
    for (const char* lib : {"lib", "lib64"}) {
      for (const fs::path& python : inside(prefix / lib, "python3")) {
        for (const char* packages : {"site-packages", "dist-packages"}) {
          for (const fs::path& package : inside(python / packages / "nvidia", "")) add(package / "lib");
        }
      }
    }
  }
  std::vector<std::string> take() { return std::move(folders_); }

 private:
  std::vector<std::string> folders_;
};

std::string path_of(void* handle, const std::string& otherwise) {
  const link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr || map->l_name == nullptr) return otherwise;
  return map->l_name;
}

}  // namespace

LibraryPlaces library_places() {
  std::error_code error;
  return {environment(kCudaLibraries),
          fs::read_symlink("/proc/self/exe", error).string(),
          environment("CUDA_HOME"),
          environment("CUDA_PATH"),
          environment("VIRTUAL_ENV"),
          environment("CONDA_PREFIX"),
          environment("PATH"),
          environment("HOME"),
          ""};
}

std::vector<std::string> named_folders(const LibraryPlaces& places) {
  Folders folders;
  for (const std::string& folder : split_at_colons(places.first)) folders.add(folder);
  return folders.take();
}

std::vector<std::string> usual_folders(const LibraryPlaces& places) {
  Folders folders;
  if (!places.executable.empty()) folders.add(fs::path(places.executable).parent_path() / "../lib");
  folders.add_toolkit(places.cuda_home);
  folders.add_toolkit(places.cuda_path);
  folders.add_toolkit(places.root + "/usr/local/cuda");
  for (const fs::path& toolkit : Folders::inside(places.root + "/usr/local", "cuda-")) folders.add_toolkit(toolkit);
  folders.add_python(places.virtual_env);
  folders.add_python(places.conda);
  for (const std::string& bin : split_at_colons(places.path)) {
    std::error_code error;
    const fs::path real = fs::canonical(fs::path(bin) / "python3", error);
    if (error) continue;
    folders.add_python(fs::path(bin).parent_path());  // a virtual environment, whose python3 is a link
    folders.add_python(real.parent_path().parent_path());
    if (fs::path(bin).filename() != "shims") continue;  // pyenv: python3 is a script that chooses one of these versions
    for (const fs::path& version : Folders::inside(fs::path(bin).parent_path() / "versions", "")) folders.add_python(version);
  }
  if (!places.home.empty()) folders.add_python(fs::path(places.home) / ".local");
  folders.add_python(places.root + "/usr/local");
  for (const fs::path& prefix : Folders::inside(places.root + "/opt", "")) folders.add_python(prefix);
  return folders.take();
}

FoundLibrary open_library(const std::string& soname, const LibraryPlaces& places) {
  std::string searched, refused;
  const auto open = [&](const std::string& file) -> FoundLibrary {
    if (void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return {handle, path_of(handle, file)};
    const char* const reason = dlerror();
    // The list of folders already covers the loader's "no such file".
    if (file != soname) refused += format("; {} could not be opened: {}", file, reason == nullptr ? "no reason given" : reason);
    return {};
  };
  const auto open_in = [&](const std::vector<std::string>& folders) -> FoundLibrary {
    for (const std::string& folder : folders) {
      searched += ", " + folder;
      std::error_code error;
      if (!fs::exists(fs::path(folder) / soname, error)) continue;
      if (const FoundLibrary found = open((fs::path(folder) / soname).string()); found.handle != nullptr) return found;
    }
    return {};
  };
  FoundLibrary found = open_in(named_folders(places));
  if (found.handle == nullptr) found = open(soname);
  if (found.handle == nullptr) found = open_in(usual_folders(places));
  if (found.handle == nullptr)
    found.problem = format("{} was not found: looked on the loader's path{}{}", soname, searched, refused);
  return found;
}

}  // namespace tagloom::kernels
