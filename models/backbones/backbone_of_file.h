#pragma once
// Determines the backbone that a weights file was written for.
#include <string>

#include "engine/io/named_tensors.h"

namespace tagloom {

struct BackboneOfFile {
  std::string name;     // one of backbone_names()
  int64_t classes = 0;  // outputs of its classifier; 0 without one
};

// From the metadata's "architecture", else from the names and shapes of the tensors. Throws Error(kData) if they fit no backbone.
BackboneOfFile backbone_of_file(const NamedTensors& file);

}  // namespace tagloom
