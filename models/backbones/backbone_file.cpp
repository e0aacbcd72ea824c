// Reads and writes a backbone's weights and metadata.
#include <charconv>

#include "engine/io/beside_weights.h"
#include "engine/io/hash.h"
#include "engine/io/tensor_file.h"
#include "engine/train/weights.h"
#include "models/backbones/backbone.h"
#include "models/backbones/weight_fit.h"
#include "models/backbones/weight_names.h"

namespace tagloom {
namespace {

// "0.485,0.456,0.406"
std::array<float, 3> three_numbers(const std::string& path, const char* key, const std::string& text) {
  std::array<float, 3> out;
  const char* at = text.c_str();
  const char* end = at + text.size();
  for (int i = 0; i < 3; ++i) {
    while (at < end && *at == ' ') ++at;
    const auto [next, error] = std::from_chars(at, end, out[i]);
    TL_CHECK_AS(ErrorKind::kData, error == std::errc() && (i == 2 ? next == end : next < end && *next == ','),
                "{}: its metadata has {} = \"{}\", which is not three numbers separated by commas", path, key, text);
    at = next + 1;
  }
  return out;
}

// The shortest text that reads back as the same bits.
std::string number_text(float value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string three_texts(const std::array<float, 3>& values) {
  return number_text(values[0]) + "," + number_text(values[1]) + "," + number_text(values[2]);
}

void add_values(Hash64& hash, const std::string& name, const Tensor& tensor) {
  hash.add_field(name);
  for (const int64_t extent : tensor.shape()) hash.add_number(static_cast<uint64_t>(extent));
  const std::vector<Real> values = tensor.to_vector();
  hash.add(std::as_bytes(std::span(values)));
}

}  // namespace

void load_backbone(Backbone& backbone, const std::string& path) {
  const RenamedWeights file = rename_weights(open_tensors(path));
  try {
    // The file may contain classifier layers that were not built.
    load_weights(backbone, file.tensors, {.ignored = {"fc.", "classifier."}});
  } catch (const Error& error) {
    const WeightFit fit = best_fit(file.tensors);
    if (error.kind() != ErrorKind::kData || !fit.fits() || fit.backbone == backbone.options().name) throw;
    fail(ErrorKind::kData, "{} It fits backbone.name = \"{}\"", error.what(), fit.backbone);
  }
  SafetensorsMetadata metadata = file.tensors.metadata();
  metadata.merge(read_beside_weights(path).metadata);
  set_backbone_metadata(backbone, metadata, path);
}

SafetensorsMetadata backbone_metadata(Backbone& backbone) {
  SafetensorsMetadata metadata{{"image_mean", three_texts(backbone.statistics().mean)},
                               {"image_std", three_texts(backbone.statistics().std_)}};
  if (const auto in_1x1 = backbone.stride_in_1x1()) metadata["stride_in_1x1"] = *in_1x1 ? "true" : "false";
  if (const auto epsilon = backbone.batch_norm_epsilon()) {
    metadata["batch_norm_epsilon"] = number_text(static_cast<float>(*epsilon));
  }
  return metadata;
}

void set_backbone_metadata(Backbone& backbone, const SafetensorsMetadata& metadata, const std::string& path) {
  const BackboneOptions& options = backbone.options();
  if (const auto found = metadata.find("stride_in_1x1"); found != metadata.end() && !options.stride_in_1x1) {
    TL_CHECK_AS(ErrorKind::kData, found->second == "true" || found->second == "false",
                "{}: its metadata has stride_in_1x1 = \"{}\", which is neither true nor false", path, found->second);
    backbone.set_stride_in_1x1(found->second == "true");
  }
  ImageStatistics statistics = backbone.statistics();
  if (const auto found = metadata.find("image_mean"); found != metadata.end() && options.mean.empty()) {
    statistics.mean = three_numbers(path, "image_mean", found->second);
  }
  if (const auto found = metadata.find("image_std"); found != metadata.end() && options.std.empty()) {
    statistics.std_ = three_numbers(path, "image_std", found->second);
  }
  backbone.set_statistics(statistics);
  if (const auto found = metadata.find("batch_norm_epsilon"); found != metadata.end()) {
    float epsilon = 0;
    const char* end = found->second.data() + found->second.size();
    const auto [next, error] = std::from_chars(found->second.data(), end, epsilon);
    TL_CHECK_AS(ErrorKind::kData, error == std::errc() && next == end && epsilon > 0,
                "{}: its metadata has batch_norm_epsilon = \"{}\", which is not a positive number", path, found->second);
    backbone.set_batch_norm_epsilon(epsilon);
  }
}

uint64_t content_hash(Backbone& backbone) {
  Hash64 hash;
  for (const NamedParameter& p : backbone.named_parameters()) add_values(hash, p.name, p.parameter->value);
  for (const NamedBuffer& b : backbone.named_buffers()) add_values(hash, b.name, *b.tensor);
  for (const auto& [key, text] : backbone_metadata(backbone)) hash.add_field(key).add_field(text);
  return hash.digest();
}

}  // namespace tagloom
