#pragma once
// Which backbone a file's weights fit, judged by their names and shapes.
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom {

struct WeightFit {
  std::string backbone;              // one of backbone_names()
  int64_t loaded = 0;                // tensors with the right name and shape, without the classifier's
  std::vector<std::string> missing;  // names
  std::vector<std::string> unexpected;
  std::vector<std::string> wrong_shape;  // "conv1.weight is [64, 3, 3, 3], not [64, 3, 7, 7]"
  std::vector<std::string> wrong_type;   // "conv1.weight is I64, not floating point"
  int64_t classes = 0;                   // of a complete classifier; 0 without one
  int64_t fc_width = 0;                  // VGG: hidden units of a complete fc6 and fc7; 0 without them
  std::vector<std::string> classifier;   // the names of the classifier's tensors in the file

  bool fits() const { return missing.empty() && unexpected.empty() && wrong_shape.empty() && wrong_type.empty(); }
};

// `tensors` have torchvision's names (weight_names.h). The backbone that fits, or the nearest one.
WeightFit best_fit(const NamedTensors& tensors);
WeightFit fit_weights(const NamedTensors& tensors, const std::string& backbone);

}  // namespace tagloom
