// tagdata weights: describes a file of weights, names the backbone that it fits, and converts it to safetensors.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/io/beside_weights.h"
#include "engine/io/safetensors.h"
#include "engine/io/tensor_file.h"
#include "kernels/base/error.h"
#include "models/backbones/weight_fit.h"
#include "models/backbones/weight_names.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/data_commands.h"
#include "tools/output/target_file.h"

namespace tagloom {
namespace {

struct WeightsFlags {
  std::string file, output, type = "same";
  bool force = false, json = false, quiet = false;
};

struct WeightsReport {
  TensorFile file;
  RenamedWeights weights;
  WeightFit fit;
  BesideWeights beside;
  TensorMetadata metadata;              // of the file and of those beside it
  std::vector<std::string> not_finite;  // "conv1.weight has 3 values that are NaN or infinite"
};

std::vector<std::string> not_finite_in(const NamedTensors& tensors) {
  std::vector<std::string> found;
  for (const NamedTensor& tensor : tensors.entries()) {
    if (!is_float(tensor.type)) continue;
    const std::vector<float> values = tensors.to_floats(tensor);
    const auto wrong = std::count_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
    if (wrong > 0) found.push_back(format("{} of the {} values of {}", wrong, values.size(), tensor.name));
  }
  return found;
}

WeightsReport examine(const std::string& path) {
  TensorFile file = open_tensor_file(path);
  RenamedWeights weights = rename_weights(file.tensors);
  WeightFit fit = best_fit(weights.tensors);
  BesideWeights beside = read_beside_weights(path);
  TensorMetadata metadata = file.tensors.metadata();
  metadata.insert(beside.metadata.begin(), beside.metadata.end());
  std::vector<std::string> not_finite = not_finite_in(weights.tensors);
  return {std::move(file), std::move(weights), std::move(fit), std::move(beside), std::move(metadata), std::move(not_finite)};
}

std::string layers_of(const WeightFit& fit) {
  std::string layers = "conv5_map, conv5, pool5";
  if (fit.fc_width > 0) layers += ", fc7";
  if (fit.classes > 0) layers += format(", logits ({} classes)", fit.classes);
  return layers;
}

// The names that one rule changed, and the first of them.
struct RenamedGroup {
  int64_t count = 0;
  RenamedTensor first;
};

std::map<std::string, RenamedGroup> renamed_groups(const std::vector<RenamedTensor>& renamed) {
  std::map<std::string, RenamedGroup> groups;
  for (const RenamedTensor& tensor : renamed) {
    RenamedGroup& group = groups[tensor.rule];
    if (group.count++ == 0) group.first = tensor;
  }
  return groups;
}

std::map<std::string, int64_t> counts_by_type(const NamedTensors& tensors) {
  std::map<std::string, int64_t> counts;
  for (const NamedTensor& tensor : tensors.entries()) ++counts[name_of(tensor.type)];
  return counts;
}

std::string first_few(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text = std::to_string(names.size());
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? ": " : ", ") + names[i];
  return text + (names.size() > kShown ? ", ..." : "");
}

void print_text(const WeightsReport& report) {
  std::ostream& out = std::cout;
  const WeightFit& fit = report.fit;
  out << "format          " << report.file.format;
  if (!report.file.shards.empty()) out << ", " << report.file.shards.size() << " shards";
  if (!report.file.wrapper.empty()) out << ", tensors under " << report.file.wrapper;
  for (const std::string& key : report.file.others) out << "\nnot read        the tensors under " << key;
  int64_t values = 0;
  for (const NamedTensor& tensor : report.file.tensors.entries()) values += count_of(tensor);
  out << "\ntensors         " << report.file.tensors.entries().size() << " with " << values << " values:";
  const char* separator = " ";
  for (const auto& [type, count] : counts_by_type(report.file.tensors)) {
    out << separator << count << ' ' << type;
    separator = ", ";
  }
  out << '\n';
  for (const auto& [rule, group] : renamed_groups(report.weights.renamed)) {
    out << "renamed         " << group.count << " (" << rule << "): " << group.first.from << " -> " << group.first.to << '\n';
  }
  for (const char* key : {"image_mean", "image_std", "stride_in_1x1", "batch_norm_epsilon"}) {
    const auto found = report.metadata.find(key);
    if (found != report.metadata.end()) out << std::string(key).append(20, ' ').substr(0, 16) << found->second << '\n';
  }
  for (const std::string& file : report.beside.files) out << "read beside it  " << file << '\n';
  out << (fit.fits() ? "backbone        " : "nearest         ") << fit.backbone << "\nloaded          " << fit.loaded << '\n';
  if (fit.fits()) out << "layers          " << layers_of(fit) << '\n';
  if (!fit.missing.empty()) out << "missing         " << first_few(fit.missing) << '\n';
  if (!fit.unexpected.empty()) out << "unexpected      " << first_few(fit.unexpected) << '\n';
  if (!fit.wrong_shape.empty()) out << "wrong shape     " << first_few(fit.wrong_shape) << '\n';
  if (!fit.wrong_type.empty()) out << "wrong type      " << first_few(fit.wrong_type) << '\n';
  if (!report.not_finite.empty()) out << "NaN, infinite   " << first_few(report.not_finite) << '\n';
}

void print_json(const WeightsReport& report) {
  const WeightFit& fit = report.fit;
  nlohmann::ordered_json json;
  json["format"] = report.file.format;
  json["shards"] = report.file.shards;
  json["wrapper"] = report.file.wrapper;
  json["not_read"] = report.file.others;
  json["tensors"] = report.file.tensors.entries().size();
  json["types"] = counts_by_type(report.file.tensors);
  json["renamed"] = nlohmann::ordered_json::array();
  for (const RenamedTensor& tensor : report.weights.renamed) {
    json["renamed"].push_back({{"from", tensor.from}, {"to", tensor.to}, {"rule", tensor.rule}});
  }
  json["metadata"] = report.metadata;
  json["read_beside"] = report.beside.files;
  json["fits"] = fit.fits();
  json["backbone"] = fit.backbone;
  json["loaded"] = fit.loaded;
  json["classifier"] = fit.classifier;
  json["classes"] = fit.classes;
  json["fc_width"] = fit.fc_width;
  json["missing"] = fit.missing;
  json["unexpected"] = fit.unexpected;
  json["wrong_shape"] = fit.wrong_shape;
  json["wrong_type"] = fit.wrong_type;
  json["not_finite"] = report.not_finite;
  std::cout << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

std::vector<std::byte> converted_bytes(const WeightsReport& report, const NamedTensor& tensor, TensorType type) {
  if (type == tensor.type) return row_major_bytes(tensor);
  const std::vector<float> values = report.weights.tensors.to_floats(tensor);
  std::vector<std::byte> bytes(values.size() * static_cast<size_t>(size_of(type)));
  if (type == TensorType::kF32) {
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  constexpr float kLargestHalf = 65504;
  for (size_t i = 0; i < values.size(); ++i) {
    TL_CHECK_AS(ErrorKind::kData, !(std::abs(values[i]) > kLargestHalf),
                "{}: {} contains {}, which is too large for f16: leave out --dtype", report.file.tensors.path(), tensor.name,
                values[i]);
    const _Float16 half = static_cast<_Float16>(values[i]);  // to nearest, ties to even
    std::memcpy(bytes.data() + i * sizeof half, &half, sizeof half);
  }
  return bytes;
}

// With torchvision's names. The classifier is kept.
void convert(const WeightsReport& report, const WeightsFlags& flags) {
  std::vector<std::vector<std::byte>> storage;
  std::vector<SafetensorsEntry> entries;
  for (const NamedTensor& tensor : report.weights.tensors.entries()) {
    TensorType type = tensor.type;
    if (is_float(type) && flags.type == "f32") type = TensorType::kF32;
    if (is_float(type) && flags.type == "f16") type = TensorType::kF16;
    if (type == tensor.type && tensor.strides.empty()) {
      entries.push_back(tensor);
      continue;
    }
    storage.push_back(converted_bytes(report, tensor, type));
    entries.push_back({tensor.name, type, tensor.shape, storage.back()});
  }
  TensorMetadata metadata = report.metadata;
  metadata.erase(kSafetensorsChecksum);
  metadata["format"] = "pt";
  metadata["architecture"] = report.fit.backbone;
  write_safetensors(flags.output, std::move(entries), std::move(metadata));
}

// "2 missing (conv1.weight, ...), 1 unexpected (embed)"
std::string differences(const WeightFit& fit) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& names, const char* what) {
    if (names.empty()) return;
    text +=
        format("{}{} {} ({}{})", text.empty() ? "" : ", ", names.size(), what, names.front(), names.size() > 1 ? ", ..." : "");
  };
  add(fit.missing, "missing");
  add(fit.unexpected, "unexpected");
  add(fit.wrong_shape, "with another shape");
  add(fit.wrong_type, "of another type");
  return text;
}

void declare_weights(Options& command, WeightsFlags& flags) {
  command.argument("FILE", flags.file, "A .pth, .pt or .safetensors file, or the index of a file in shards.")
      .value("-o,--output", flags.output, "FILE", "Write the weights as safetensors, with torchvision's names.")
      .choice("--dtype", flags.type, {"same", "f32", "f16"}, "The type of the numbers that -o writes. Default same: as in FILE.")
      .flag("--force", flags.force, "Replace a file that exists.")
      .flag("--json", flags.json, "Print one JSON object, with every name.")
      .flag("-q,--quiet", flags.quiet, "Print nothing; the exit code gives the result.")
      .note("Exit codes: 0 the weights fit a backbone, 3 they fit none or the file is damaged.");
}

int run_weights(const WeightsFlags& flags) {
  TL_CHECK(flags.output.empty() || flags.output.ends_with(".safetensors"),
           "{}: -o writes safetensors: give a name that ends in .safetensors", flags.output);
  require_target(flags.output, {flags.file});
  require_new(flags.output, flags.force);
  const WeightsReport report = examine(flags.file);
  if (!flags.quiet) flags.json ? print_json(report) : print_text(report);
  std::cout.flush();
  const std::vector<NamedTensor>& tensors = report.weights.tensors.entries();
  const bool has_any = report.fit.loaded > 0 || !report.fit.wrong_shape.empty() || !report.fit.wrong_type.empty();
  TL_CHECK_AS(ErrorKind::kData, has_any,
              "{}: fits no backbone: none of its {} tensors has a name of a backbone's, such as conv1.weight; the "
              "first is {}",
              flags.file, tensors.size(), tensors.empty() ? "" : tensors.front().name);
  TL_CHECK_AS(ErrorKind::kData, report.fit.fits(), "{}: fits no backbone; the nearest is {}, with {} of its tensors: {}",
              flags.file, report.fit.backbone, report.fit.loaded, differences(report.fit));
  TL_CHECK_AS(ErrorKind::kData, report.not_finite.empty(),
              "{}: {} are NaN or infinite: the file is damaged or its training diverged; use another one, or train again",
              flags.file, report.not_finite.empty() ? "" : report.not_finite.front());
  if (!flags.output.empty()) {
    require_target(flags.output, {report.file.shards.begin(), report.file.shards.end()});
    convert(report, flags);
    if (!flags.quiet && !flags.json) std::cout << "written         " << flags.output << '\n';
  }
  return kExitDone;
}

}  // namespace

RunCommand weights_command(Options& command) { return command_with_flags(command, declare_weights, run_weights); }

}  // namespace tagloom
