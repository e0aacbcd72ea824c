#pragma once
// Opens a file of tensors, whose format is detected by its content: safetensors, PyTorch's .pth and .pt (torch/torch_file.h),
// or the index of a file in shards (model.safetensors.index.json, pytorch_model.bin.index.json).
//
//   {"metadata": {...}, "weight_map": {"fc.weight": "model-00001-of-00002.safetensors", …}}
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom {

struct TensorFile {
  NamedTensors tensors;
  std::string format;                    // "safetensors", "PyTorch zip", "PyTorch (before 1.6)"
  std::string wrapper;                   // torch/torch_file.h
  std::vector<std::string> shards = {};  // paths; empty for a file that is not an index
  std::vector<std::string> others = {};  // torch/torch_file.h
};

// Whether a file is one of tensors by its content; false if it does not exist.
bool is_tensor_file(const std::string& path);

// Throws Error(kData). The shards of an index are files in its own folder.
TensorFile open_tensor_file(const std::string& path);
inline NamedTensors open_tensors(const std::string& path) { return open_tensor_file(path).tensors; }

// A hash of the file, and of its shards if it is an index; throws kData if one cannot be read.
uint64_t hash_tensor_file(const std::string& path);

}  // namespace tagloom
