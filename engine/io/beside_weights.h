#pragma once
// What the settings files that timm and Hugging Face's transformers save beside weights say about pictures and strides.
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom {

struct BesideWeights {
  TensorMetadata metadata;         // image_mean, image_std: "0.485,0.456,0.406"; stride_in_1x1: "true"
  std::vector<std::string> files;  // paths of those that contributed
};

// Reads config.json and preprocessor_config.json in the folder of a file called model* or pytorch_model*; empty for other files and
// without them. Throws Error(kData) if one is damaged, because wrong values would be silent, and if it describes a network that has a
// ResNet's tensors but computes something else.
BesideWeights read_beside_weights(const std::string& weights);

}  // namespace tagloom
