#pragma once
// Reads the files of torch.save(), .pth and .pt, without running any code of theirs: the zip archive of PyTorch 1.6 and later, and the
// older layout of consecutive pickles.
//
// A file contains a dictionary of tensors, directly or under a key such as state_dict or model. Of several the weights themselves are
// read, not their running averages (model_ema). Everything beside them (the epoch, the optimizer) is skipped.
// Python objects are rejected with Error(kData), which names them and a way out.
#include <span>
#include <string>

#include "engine/io/named_tensors.h"

namespace tagloom {

struct TorchTensors {
  NamedTensors tensors;
  bool is_zip = false;
  std::string wrapper;  // the keys that lead to the tensors: "state_dict"; empty if the file itself is the dictionary
  std::vector<std::string> others = {};  // keys of further tensors, which are not read: "model_ema"
};

bool is_torch_file(std::span<const std::byte> file);

// `file` must outlive the result unless `owner` keeps it alive; messages use `name` for it.
TorchTensors read_torch_file(std::span<const std::byte> file, const std::string& name, std::shared_ptr<const void> owner = {});

}  // namespace tagloom
