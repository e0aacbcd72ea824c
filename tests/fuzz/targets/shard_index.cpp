// An index of shards, next to a safetensors and a PyTorch file: every tensor of one that is accepted can be read.
#include <filesystem>

#include "engine/io/safetensors.h"
#include "engine/io/tensor_file.h"
#include "tests/engine/io/torch_files.h"
#include "tests/fuzz/import_check.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {
namespace {

// "w", four floats, in a file of each format.
std::vector<SourceFile> shards() {
  const std::string bytes(16, '\1');
  const std::string safetensors = written([&](const std::string& path) {
    write_safetensors(path, {{"w", SafetensorsType::kF32, {2, 2}, std::as_bytes(std::span(bytes))}});
  });
  const std::string torch = test::old_layout(test::pickle(test::pickled_example()), {{"0", 4, bytes}});
  return {{"a.safetensors", safetensors}, {"b.pth", torch}};
}

}  // namespace

void shard_index(Input input) {
  static const std::vector<SourceFile> kShards = shards();
  std::vector<SourceFile> files = kShards;
  files.push_back({"index.json", std::string(text_of(input))});
  const std::string index = (std::filesystem::path(folder_with(files)) / "index.json").string();
  const TensorFile file = open_tensor_file(index);
  for (const NamedTensor& tensor : file.tensors.entries()) {
    require(tensor.name == "w", "a tensor comes from no shard", tensor.name);
    require(file.tensors.to_floats(tensor).size() == 4, "a tensor has lost values");
  }
  hash_tensor_file(index);
}

}  // namespace tagloom::fuzz
