#pragma once
// Searches for NVIDIA's shared libraries on the loader's path, in the toolkit and in pip's packages.
#include <string>
#include <vector>

namespace tagloom::kernels {

inline constexpr char kCudaLibraries[] = "TAGLOOM_CUDA_LIBRARIES";

// The environment of the process that the search depends on.
struct LibraryPlaces {
  std::string first = {};                      // TAGLOOM_CUDA_LIBRARIES: colon-separated folders, searched first
  std::string executable = {};                 // the running program
  std::string cuda_home = {}, cuda_path = {};  // CUDA_HOME, CUDA_PATH
  std::string virtual_env = {}, conda = {};    // VIRTUAL_ENV, CONDA_PREFIX
  std::string path = {}, home = {};            // PATH, HOME
  std::string root = {};                       // goes before /usr/local and /opt
};
LibraryPlaces library_places();

// The existing folders in the order of the search, without duplicates. named_folders(): `first`. usual_folders(), which follow
// the loader's own path: ../lib of the executable, the toolkit's folders, and site-packages/nvidia/*/lib of the Pythons that the
// process would find. Starts no Python.
std::vector<std::string> named_folders(const LibraryPlaces& places);
std::vector<std::string> usual_folders(const LibraryPlaces& places);

struct FoundLibrary {
  void* handle = nullptr;    // from dlopen; never closed
  std::string path = {};     // of the file
  std::string problem = {};  // if it was not found: its name, the folders searched, and the error of each file that did not open
};
FoundLibrary open_library(const std::string& soname, const LibraryPlaces& places);

}  // namespace tagloom::kernels
