#pragma once
// Finds a shared library of NVIDIA's where it usually is: on the loader's path, in the toolkit, in pip's packages.
#include <string>
#include <vector>

namespace tagloom::kernels {

inline constexpr char kCudaLibraries[] = "TAGLOOM_CUDA_LIBRARIES";

// What the search reads of the process.
struct LibraryPlaces {
  std::string first = {};       // TAGLOOM_CUDA_LIBRARIES: folders with a colon between two, searched before all others
  std::string executable = {};  // the running program
  std::string cuda_home = {}, cuda_path = {};  // CUDA_HOME, CUDA_PATH
  std::string virtual_env = {}, conda = {};    // VIRTUAL_ENV, CONDA_PREFIX
  std::string path = {}, home = {};            // PATH, HOME
  std::string root = {};                       // goes before /usr/local and /opt
};
LibraryPlaces library_places();

// The folders that exist, in the order of the search and each once: `first`, then (after the loader's own path) ../lib of the
// executable, the toolkit's folders, and site-packages/nvidia/*/lib of the Pythons that the process would find. Starts no Python.
std::vector<std::string> named_folders(const LibraryPlaces& places);
std::vector<std::string> usual_folders(const LibraryPlaces& places);

struct FoundLibrary {
  void* handle = nullptr;    // of dlopen; never closed
  std::string path = {};     // the file
  std::string problem = {};  // where there is none: which one, where it was looked for, and what each file that is one said
};
FoundLibrary open_library(const std::string& soname, const LibraryPlaces& places);

}  // namespace tagloom::kernels
