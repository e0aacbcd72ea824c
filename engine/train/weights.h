#pragma once
// A module's parameters and buffers to and from a safetensors file with PyTorch's names and layouts: filters are [K,C,R,S]
// in files and [K,R,S,C] in memory, and a matrix over a flattened map (Parameter::map_channels) is over [C,H,W] in files.
//
// A file must hold exactly what the module has. Differences throw Error(kData) naming the file, the tensors (the first
// few, and how many) and both shapes; nothing is changed then. num_batches_tracked is never asked for nor missed.
#include <string>
#include <vector>

#include "engine/io/safetensors.h"
#include "engine/nn/module.h"

namespace tagloom {

// Names, or beginnings of names that end in a dot: {"fc.", "classifier."}.
struct WeightsRules {
  std::vector<std::string> optional = {};  // of the module's tensors, those a file may lack (they keep their values)
  std::vector<std::string> ignored = {};   // of the file's tensors, those the module need not have
  std::string prefix = {};                 // stands before the module's names in the file: "cnn."
};

void load_weights(Module& module, const Safetensors& file, const WeightsRules& rules = {});
void load_weights(Module& module, const std::string& path, const WeightsRules& rules = {});

// F32, written atomically.
void save_weights(const Module& module, const std::string& path, SafetensorsMetadata metadata = {});

// The module's tensors in file layout, for files that hold more than weights. The entries point into `storage`.
struct ModuleEntries {
  std::vector<std::vector<float>> storage;
  std::vector<SafetensorsEntry> entries;
};
ModuleEntries module_entries(const Module& module, const std::string& prefix = "");

}  // namespace tagloom
