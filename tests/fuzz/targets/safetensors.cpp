// A safetensors file in memory; one that is accepted and written again reads back equal.
#include "engine/io/safetensors.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {
namespace {

bool equal(const SafetensorsEntry& a, const SafetensorsEntry& b) {
  return a.name == b.name && a.type == b.type && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
}

}  // namespace

void safetensors(Input input) {
  const Safetensors file = Safetensors::parse(std::as_bytes(input), "fuzz.safetensors");
  int64_t bytes = 0;
  for (const SafetensorsEntry& entry : file.entries()) {
    bytes += static_cast<int64_t>(entry.bytes.size());
    require(file.find(entry.name) == &entry, "a tensor is not found by its name", entry.name);
    try {
      file.to_floats(entry);
    } catch (const Error&) {
    }
  }
  require(bytes < static_cast<int64_t>(input.size()), "more tensor bytes than the file has");

  SafetensorsMetadata metadata = file.metadata();
  metadata.erase(kSafetensorsChecksum);
  const std::string text = written([&](const std::string& path) { write_safetensors(path, file.entries(), metadata); });
  const Safetensors again = Safetensors::parse(std::as_bytes(std::span(text)), "again.safetensors");
  require(again.entries().size() == file.entries().size(), "tensors were lost");
  for (const SafetensorsEntry& entry : again.entries()) {
    const SafetensorsEntry* before = file.find(entry.name);
    require(before != nullptr && equal(entry, *before), "a tensor changed", entry.name);
  }
  SafetensorsMetadata kept = again.metadata();
  kept.erase(kSafetensorsChecksum);
  require(kept == metadata, "the metadata changed");
}

}  // namespace tagloom::fuzz
