#include "engine/io/tensor_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/io/hash.h"
#include "engine/io/mapped_file.h"
#include "engine/io/safetensors.h"
#include "engine/io/safetensors_header.h"
#include "engine/io/torch/torch_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMaxIndexBytes = size_t{64} << 20;

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// JSON has no zero bytes, but the length at the beginning of a safetensors file always has one.
bool is_index(std::span<const std::byte> file) {
  const std::string_view text = text_of(file.first(std::min<size_t>(file.size(), 8)));
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' && text.find('\0') == std::string_view::npos;
}

// The tensors' names and the files that contain them, which must be plain names.
std::map<std::string, std::vector<std::string>> tensors_by_shard(std::span<const std::byte> file, const std::string& path) {
  TL_CHECK_AS(ErrorKind::kData, file.size() <= kMaxIndexBytes, "{}: an index of shards has at most {} MB, but this file has {}",
              path, kMaxIndexBytes >> 20, file.size() >> 20);
  const std::string_view text = text_of(file);
  const json index = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  TL_CHECK_AS(ErrorKind::kData, !index.is_discarded(), "{}: not valid JSON: {}", path, detail::kDamaged);
  const auto map = index.find("weight_map");
  TL_CHECK_AS(ErrorKind::kData, map != index.end() && map->is_object() && !map->empty(),
              "{}: not an index of shards: it has no weight_map; name the file of weights", path);
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [tensor, shard] : map->items()) {
    const std::string name = shard.is_string() ? shard.get<std::string>() : "";
    const bool plain =
        !name.empty() && name != "." && name != ".." && name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
    TL_CHECK_AS(ErrorKind::kData, plain, "{}: tensor {} is in {}, but shards are files in the folder of their index", path,
                detail::quoted_name(tensor),
                shard.is_string() ? detail::quoted_name(name) : format("JSON of type {}", shard.type_name()));
    shards[name].push_back(tensor);
  }
  return shards;
}

// A safetensors file begins with the length of its header, far below 2^56, and the header with a brace.
bool begins_as_safetensors(std::span<const std::byte> file) {
  const std::string_view text = text_of(file);
  return text.size() > 8 && text[7] == '\0' && text[8] == '{';
}

// What people take for weights: the first bytes, and what they are.
void refuse_other_formats(std::span<const std::byte> file, const std::string& path) {
  constexpr std::pair<std::string_view, const char*> kOthers[] = {
      {"version https://git-lfs", "a pointer to a file that Git LFS stores elsewhere: get it with git lfs pull"},
      {"<", "a web page or XML: download the file again, from the link of the file itself"},
      {"\x89HDF", "an HDF5 file, such as Keras writes: convert it to safetensors"},
      {"\x1f\x8b", "compressed by gzip: unpack it"},
      {"GGUF", "a GGUF file: get the weights as safetensors or .pth"},
      {"\x80", "a Python pickle that torch.save() did not write: load it in Python and save its tensors with torch.save()"},
  };
  const std::string_view text = text_of(file);
  for (const auto& [first, what] : kOthers) {
    TL_CHECK_AS(ErrorKind::kData, !text.starts_with(first) || begins_as_safetensors(file), "{}: not a file of weights, but {}",
                path, what);
  }
  uint64_t header = 0;
  if (file.size() >= sizeof header) std::memcpy(&header, file.data(), sizeof header);
  TL_CHECK_AS(ErrorKind::kData, header <= static_cast<uint64_t>(detail::kMaxHeaderBytes),
              "{}: not a file of weights: give a .safetensors, .pth or .pt file, or the .index.json of one in shards", path);
}

TensorFile open_one(const std::string& path, const std::shared_ptr<const MappedFile>& file) {
  if (!is_torch_file(file->bytes())) {
    refuse_other_formats(file->bytes(), path);
    return {Safetensors::open(path), "safetensors", ""};
  }
  TorchTensors torch = read_torch_file(file->bytes(), path, file);
  return {.tensors = std::move(torch.tensors),
          .format = torch.is_zip ? "PyTorch zip" : "PyTorch (before 1.6)",
          .wrapper = std::move(torch.wrapper),
          .others = std::move(torch.others)};
}

TensorFile open_shards(const std::string& path, std::span<const std::byte> index) {
  std::vector<NamedTensor> entries;
  std::vector<std::shared_ptr<const void>> owners;
  TensorFile all{NamedTensors(path, {}), "", ""};
  TensorMetadata metadata;
  for (const auto& [name, tensors] : tensors_by_shard(index, path)) {
    const std::string shard = (fs::path(path).parent_path() / name).string();
    const auto file = std::make_shared<const MappedFile>(shard);
    TL_CHECK_AS(ErrorKind::kData, !is_index(file->bytes()), "{}: its shard {} is itself an index", path, shard);
    const auto opened = std::make_shared<const TensorFile>(open_one(shard, file));
    for (const std::string& tensor : tensors) entries.push_back(opened->tensors.require(tensor));
    metadata.insert(opened->tensors.metadata().begin(), opened->tensors.metadata().end());
    owners.push_back(opened);
    all.format = opened->format;
    all.shards.push_back(shard);
  }
  metadata.erase(kSafetensorsChecksum);
  all.tensors = NamedTensors(path, std::move(entries), std::move(metadata), std::move(owners));
  return all;
}

}  // namespace

bool is_tensor_file(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  const MappedFile file(path);
  const std::string_view text = text_of(file.bytes());
  if (is_index(file.bytes())) return text.find("\"weight_map\"") != text.npos;
  return is_torch_file(file.bytes()) || begins_as_safetensors(file.bytes());
}

TensorFile open_tensor_file(const std::string& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  return is_index(file->bytes()) ? open_shards(path, file->bytes()) : open_one(path, file);
}

uint64_t hash_tensor_file(const std::string& path) {
  const MappedFile file(path);
  if (!is_index(file.bytes())) return hash_file(path);
  Hash64 hash;
  hash.add_number(hash_file(path));
  for (const auto& [name, tensors] : tensors_by_shard(file.bytes(), path)) {
    hash.add_number(hash_file((fs::path(path).parent_path() / name).string()));
  }
  return hash.digest();
}

}  // namespace tagloom
