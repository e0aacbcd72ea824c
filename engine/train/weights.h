#pragma once
// Saves and loads a module's parameters and buffers as safetensors with PyTorch's names and layouts: filters are [K,C,R,S] in
// files and [K,R,S,C] in memory, and the columns of a matrix over a flattened map (Parameter::map_channels) are [C,H,W] in files.
//
// A file must contain exactly the module's tensors. Otherwise load_weights() throws Error(kData) naming the file, the tensors
// (the first few, and how many) and both shapes, and changes nothing. num_batches_tracked is optional and ignored.
#include <string>
#include <vector>

#include "engine/io/safetensors.h"
#include "engine/nn/module.h"

namespace tagloom {

// Names, or prefixes that end in a dot: {"fc.", "classifier."}.
struct WeightsRules {
  std::vector<std::string> optional = {};  // the module's tensors that a file may lack; they keep their values
  std::vector<std::string> ignored = {};   // the file's tensors that the module may lack
  std::string prefix = {};                 // precedes the module's names in the file: "cnn."
};

// Throw Error(kData) for names or shapes that do not match, and for values that are NaN or infinite.
void load_weights(Module& module, const NamedTensors& file, const WeightsRules& rules = {});
void load_weights(Module& module, const std::string& path, const WeightsRules& rules = {});

// The names and file shapes of a module's tensors.
struct WeightShape {
  std::string name;
  Shape shape;
};
std::vector<WeightShape> weight_shapes(const Module& module);

// F32, written atomically.
void save_weights(const Module& module, const std::string& path, SafetensorsMetadata metadata = {});

// The module's tensors in file layout, for files with more than weights. The entries point into `storage`.
struct ModuleEntries {
  std::vector<std::vector<float>> storage;
  std::vector<SafetensorsEntry> entries;
};
ModuleEntries module_entries(const Module& module, const std::string& prefix = "");

}  // namespace tagloom
