#include "engine/io/beside_weights.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A JSON object; null if there is no such file.
json read_settings_file(const fs::path& file) {
  constexpr uintmax_t kMaxBytes = 16 << 20;
  std::error_code error;
  const uintmax_t size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
  if (error || size == 0 || size > kMaxBytes) return {};
  const json settings = json::parse(read_text(file), nullptr, /*allow_exceptions=*/false);
  TL_CHECK_AS(
      ErrorKind::kData, settings.is_object(),
      "{}: not a JSON object, but it should describe the weights beside it: restore it, or move the weights to another folder",
      file.string());
  return settings;
}

// "0.485,0.456,0.406" of a list of three numbers; empty for anything else.
std::string three_numbers_text(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->size() != 3) return "";
  std::string text;
  for (const json& number : *found) {
    if (!number.is_number()) return "";
    text += (text.empty() ? "" : ",") + number.dump();
  }
  return text;
}

void add(BesideWeights& found, const fs::path& file, const char* key, const std::string& text) {
  if (text.empty() || !found.metadata.emplace(key, text).second) return;
  if (found.files.empty() || found.files.back() != file.string()) found.files.push_back(file.string());
}

// Networks whose tensors have the names and shapes of a ResNet, but whose features are others.
void refuse_other_networks(const json& settings, const fs::path& file) {
  const auto text = [&](const char* key) {
    const auto found = settings.find(key);
    return found != settings.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const std::string timm = text("architecture"), activation = text("hidden_act");
  TL_CHECK_AS(ErrorKind::kData, !timm.starts_with("resnetaa") && !timm.starts_with("resnetblur"),
              "{}: {} pools where a ResNet has strides, which is not supported: use the weights of a plain ResNet", file.string(),
              timm);
  if (text("model_type") != "resnet") return;
  TL_CHECK_AS(ErrorKind::kData, activation.empty() || activation == "relu",
              "{}: hidden_act is {}, but only relu is supported: use the weights of another network", file.string(), activation);
  const auto first = settings.find("downsample_in_first_stage");
  TL_CHECK_AS(ErrorKind::kData, first == settings.end() || first->is_null() || *first == false,
              "{}: downsample_in_first_stage is set, which is not supported: use the weights of another network", file.string());
}

}  // namespace

BesideWeights read_beside_weights(const std::string& weights) {
  BesideWeights found;
  const fs::path path(weights), folder = path.parent_path();
  const std::string name = path.filename().string();
  if (!name.starts_with("model") && !name.starts_with("pytorch_model")) return found;
  const fs::path pictures = folder / "preprocessor_config.json", network = folder / "config.json";
  if (const json settings = read_settings_file(pictures); settings.is_object()) {
    add(found, pictures, "image_mean", three_numbers_text(settings, "image_mean"));
    add(found, pictures, "image_std", three_numbers_text(settings, "image_std"));
  }
  if (const json settings = read_settings_file(network); settings.is_object()) {
    refuse_other_networks(settings, network);
    if (const auto timm = settings.find("pretrained_cfg"); timm != settings.end() && timm->is_object()) {
      add(found, network, "image_mean", three_numbers_text(*timm, "mean"));
      add(found, network, "image_std", three_numbers_text(*timm, "std"));
    }
    const auto stride = settings.find("downsample_in_bottleneck");  // transformers' ResNet
    if (stride != settings.end() && stride->is_boolean())
      add(found, network, "stride_in_1x1", stride->get<bool>() ? "true" : "false");
  }
  return found;
}

}  // namespace tagloom
