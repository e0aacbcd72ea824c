// Matches tensors by name and shape, and permutes their layouts.
#include "engine/train/weights.h"

#include <algorithm>
#include <cmath>

#include "engine/io/tensor_file.h"

namespace tagloom {
namespace {

// A parameter or buffer, and its layout in files.
struct Slot {
  std::string name;
  Tensor tensor;
  int64_t map_channels = 0;

  // Files have the last axis right after the first: [outer, inner..., C] in memory, [outer, C, inner...] in files.
  bool permuted() const { return tensor.rank() == 4 || map_channels > 0; }
  int64_t outer() const { return tensor.size(0); }
  int64_t channels() const { return map_channels > 0 ? map_channels : tensor.size(3); }
  int64_t inner() const { return outer() * channels() == 0 ? 0 : tensor.count() / (outer() * channels()); }

  Shape file_shape() const {
    const Shape& s = tensor.shape();
    return s.size() == 4 ? Shape{s[0], s[3], s[1], s[2]} : s;
  }
};

std::vector<Slot> slots_of(const Module& module, const std::string& prefix) {
  std::vector<Slot> slots;
  for (const NamedParameter& p : module.named_parameters())
    slots.push_back({prefix + p.name, p.parameter->value, p.parameter->map_channels});
  for (const NamedBuffer& b : module.named_buffers()) slots.push_back({prefix + b.name, *b.tensor, 0});
  return slots;
}

// [outer, a, b] -> [outer, b, a]
std::vector<float> swap_last_axes(const std::vector<float>& x, int64_t outer, int64_t a, int64_t b) {
  std::vector<float> y(x.size());
#pragma omp parallel for schedule(static)
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < a; ++i) {
      for (int64_t j = 0; j < b; ++j) y[(o * b + j) * a + i] = x[(o * a + i) * b + j];
    }
  }
  return y;
}

bool matches(const std::string& name, const std::string& prefix, const std::vector<std::string>& rules) {
  return std::any_of(rules.begin(), rules.end(), [&](const std::string& rule) {
    const std::string whole = prefix + rule;
    return rule.ends_with('.') ? name.starts_with(whole) : name == whole;
  });
}

// "a, b, c and 7 more"
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

void check_finite(const std::vector<float>& values, const SafetensorsEntry& entry, const NamedTensors& file) {
  size_t wrong = 0;
#pragma omp parallel for schedule(static) reduction(+ : wrong)
  for (size_t i = 0; i < values.size(); ++i) wrong += !std::isfinite(values[i]);
  TL_CHECK_AS(ErrorKind::kData, wrong == 0,
              "{}: {} of the {} values of {} are NaN or infinite: the file is damaged or its training diverged; use another "
              "one, or train again",
              file.path(), wrong, values.size(), entry.name);
}

}  // namespace

void load_weights(Module& module, const NamedTensors& file, const WeightsRules& rules) {
  const std::vector<Slot> slots = slots_of(module, rules.prefix);
  std::vector<std::string> missing, unexpected, misfits, known;
  for (const Slot& slot : slots) {
    known.push_back(slot.name);
    const SafetensorsEntry* entry = file.find(slot.name);
    if (entry == nullptr) {
      if (!matches(slot.name, rules.prefix, rules.optional)) missing.push_back(slot.name);
    } else if (entry->shape != slot.file_shape()) {
      misfits.push_back(format("{} is {} in the file, but {} in the model", slot.name, entry->shape, slot.file_shape()));
    } else if (!is_float(entry->type)) {
      misfits.push_back(
          format("{} is {} in the file, but weights must be F32, F16, BF16 or F64", slot.name, name_of(entry->type)));
    }
  }
  std::sort(known.begin(), known.end());
  for (const SafetensorsEntry& entry : file.entries()) {
    const bool ours = entry.name.starts_with(rules.prefix) && !entry.name.ends_with("num_batches_tracked");
    if (!ours || std::binary_search(known.begin(), known.end(), entry.name)) continue;
    if (!matches(entry.name, rules.prefix, rules.ignored)) unexpected.push_back(entry.name);
  }
  std::string wrong;
  if (!misfits.empty()) wrong += "; " + listed(misfits);
  if (!missing.empty()) wrong += "; the file has no " + listed(missing);
  if (!unexpected.empty()) wrong += "; the model has no " + listed(unexpected);
  TL_CHECK_AS(ErrorKind::kData, wrong.empty(), "{}: the weights do not match this model: {}; is it another network's file?",
              file.path(), wrong.substr(std::min<size_t>(2, wrong.size())));
  for (const Slot& slot : slots) {
    const SafetensorsEntry* entry = file.find(slot.name);
    if (entry == nullptr) continue;
    std::vector<float> values = file.to_floats(*entry);
    check_finite(values, *entry, file);
    if (slot.permuted()) values = swap_last_axes(values, slot.outer(), slot.channels(), slot.inner());
    slot.tensor.write(values.data(), values.size());
  }
  for (Parameter* parameter : module.parameters()) parameter->round_again();
  module.count_replacement();
}

void load_weights(Module& module, const std::string& path, const WeightsRules& rules) {
  load_weights(module, open_tensors(path), rules);
}

ModuleEntries module_entries(const Module& module, const std::string& prefix) {
  ModuleEntries result;
  for (const Slot& slot : slots_of(module, prefix)) {
    std::vector<float> values = slot.tensor.to_vector();
    if (slot.permuted()) values = swap_last_axes(values, slot.outer(), slot.inner(), slot.channels());
    result.storage.push_back(std::move(values));
    const std::vector<float>& kept = result.storage.back();
    result.entries.push_back({slot.name, SafetensorsType::kF32, slot.file_shape(), std::as_bytes(std::span(kept))});
  }
  return result;
}

std::vector<WeightShape> weight_shapes(const Module& module) {
  std::vector<WeightShape> shapes;
  for (const Slot& slot : slots_of(module, "")) shapes.push_back({slot.name, slot.file_shape()});
  return shapes;
}

void save_weights(const Module& module, const std::string& path, SafetensorsMetadata metadata) {
  const ModuleEntries made = module_entries(module);
  write_safetensors(path, made.entries, std::move(metadata));
}

}  // namespace tagloom
