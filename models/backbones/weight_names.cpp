#include "models/backbones/weight_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

// DataParallel's, PyTorch Lightning's and similar programs', torch.compile()'s, transformers' for timm's models.
constexpr std::array<std::string_view, 5> kWrapperPrefixes = {"module.", "backbone.", "model.", "_orig_mod.", "timm_model."};

std::string strip_wrappers(std::string& name) {
  std::string stripped;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view prefix : kWrapperPrefixes) {
      if (!name.starts_with(prefix)) continue;
      stripped += prefix;
      name.erase(0, prefix.size());
      found = true;
    }
  }
  return stripped;
}

// "0.weight" -> 0, and ".weight" remains in `text`; -1 if it does not begin with a small number.
int take_index(std::string_view& text) {
  int index = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<size_t>(text.size(), 4), index);
  if (error != std::errc() || index < 0) return -1;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return index;
}

bool take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

// The parts of transformers' convolution with its norm: "convolution.weight" -> "conv2.weight" with "conv2" and "bn2".
std::string layer_name(std::string_view rest, const std::string& convolution, const std::string& norm) {
  if (take(rest, "convolution")) return convolution + std::string(rest);
  if (take(rest, "normalization")) return norm + std::string(rest);
  return "";
}

// Empty if it is not one of transformers' names.
std::string from_transformers(std::string_view name) {
  take(name, "resnet.");
  if (take(name, "embedder.embedder.")) return layer_name(name, "conv1", "bn1");
  if (take(name, "classifier.1.")) return "fc." + std::string(name);
  if (!take(name, "encoder.stages.")) return "";
  const int stage = take_index(name);
  if (stage < 0 || !take(name, ".layers.")) return "";
  const int block = take_index(name);
  if (block < 0) return "";
  std::string inside;
  if (take(name, ".shortcut.")) {
    inside = layer_name(name, "downsample.0", "downsample.1");
  } else if (take(name, ".layer.")) {
    const int layer = take_index(name);
    if (layer < 0 || !take(name, ".")) return "";
    const std::string number = std::to_string(layer + 1);
    inside = layer_name(name, "conv" + number, "bn" + number);
  }
  return inside.empty() ? "" : format("layer{}.{}.{}", stage + 1, block, inside);
}

// Empty if it is not one of timm's names.
std::string from_timm_vgg(std::string_view name) {
  if (take(name, "pre_logits.fc1.")) return "classifier.0." + std::string(name);
  if (take(name, "pre_logits.fc2.")) return "classifier.3." + std::string(name);
  if (take(name, "head.fc.")) return "classifier.6." + std::string(name);
  return "";
}

// Empty if it is not one of OpenMMLab's names; its backbones have torchvision's.
std::string from_openmmlab(std::string_view name) { return take(name, "head.fc.") ? "fc." + std::string(name) : ""; }

// A convolution that covers its whole input is a matrix: [K, C, 7, 7] -> [K, C * 7 * 7].
void flatten_matrix(NamedTensor& tensor, std::vector<std::shared_ptr<const void>>& owners) {
  if (tensor.shape.size() != 4) return;
  if (!tensor.strides.empty()) {
    const auto bytes = std::make_shared<const std::vector<std::byte>>(row_major_bytes(tensor));
    owners.push_back(bytes);
    tensor.bytes = *bytes;
    tensor.strides.clear();
  }
  const int64_t rows = tensor.shape[0], columns = tensor.shape[1] * tensor.shape[2] * tensor.shape[3];
  tensor.shape = {rows, columns};
}

}  // namespace

RenamedWeights rename_weights(const NamedTensors& file) {
  std::vector<NamedTensor> tensors;
  std::vector<RenamedTensor> renamed;
  std::vector<std::shared_ptr<const void>> owners;
  std::map<std::string, std::string> origins;
  const auto has = [&](std::string_view part) {
    return std::any_of(file.entries().begin(), file.entries().end(),
                       [&](const NamedTensor& tensor) { return tensor.name.find(part) != std::string::npos; });
  };
  const bool transformers = has("embedder.embedder.convolution"), timm_vgg = has("pre_logits.fc1.");
  for (NamedTensor tensor : file.entries()) {
    if (tensor.name.ends_with("num_batches_tracked") || tensor.name == "n_averaged") continue;
    const std::string from = tensor.name;
    std::string rule;
    if (const std::string stripped = strip_wrappers(tensor.name); !stripped.empty()) rule = "without " + stripped;
    const auto apply = [&](std::string to, const char* names) {
      if (to.empty()) return false;
      tensor.name = std::move(to);
      rule += (rule.empty() ? "" : ", ") + std::string(names);
      return true;
    };
    if (transformers) apply(from_transformers(tensor.name), "Hugging Face's ResNet names");
    if (timm_vgg && apply(from_timm_vgg(tensor.name), "timm's VGG names")) flatten_matrix(tensor, owners);
    apply(from_openmmlab(tensor.name), "OpenMMLab's names");
    const auto [origin, is_new] = origins.emplace(tensor.name, from);
    TL_CHECK_AS(ErrorKind::kData, is_new, "{}: tensors {} and {} are both {} of the network: save one of them alone", file.path(),
                origin->second, from, tensor.name);
    if (!rule.empty()) renamed.push_back({from, tensor.name, rule});
    tensors.push_back(std::move(tensor));
  }
  return {file.with_entries(std::move(tensors), std::move(owners)), std::move(renamed)};
}

}  // namespace tagloom
