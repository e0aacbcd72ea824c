#pragma once
// Translates the names of other programs' weights to torchvision's, which are Tagloom's.
//
//   module. backbone. model. ...           removed, also several of them: wrappers of training programs
//   timm's VGG                             pre_logits.fc1 -> classifier.0, [4096,512,7,7] -> [4096,25088]; head.fc -> classifier.6
//   OpenMMLab's classifiers                head.fc -> fc
//   Hugging Face transformers' ResNet      encoder.stages.0.layers.1.layer.2.convolution -> layer1.1.conv3, ...
//
// timm's ResNets have torchvision's names.
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom {

struct RenamedTensor {
  std::string from, to;
  std::string rule;  // "without module.", "timm's VGG names", "Hugging Face's ResNet names", ...
};

struct RenamedWeights {
  NamedTensors tensors;  // without num_batches_tracked and n_averaged (AveragedModel's), which count training steps
  std::vector<RenamedTensor> renamed;
};

// Throws Error(kData) if two tensors would have the same name.
RenamedWeights rename_weights(const NamedTensors& file);

}  // namespace tagloom
