// Reads what torch.save() wrote (tests/golden/pypi/weight_files_golden.py), indexes of shards, and the settings files beside weights.
#include "engine/io/torch/torch_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "engine/io/beside_weights.h"
#include "engine/io/hash.h"
#include "engine/io/safetensors.h"
#include "engine/io/tensor_file.h"
#include "tests/engine/io/torch_files.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

TensorFile open_golden(const std::string& name) { return open_tensor_file(test::golden_file("torch/" + name + ".pth")); }

template <class Number>
std::vector<double> numbers_in(const std::vector<std::byte>& bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return {numbers.begin(), numbers.end()};
}

std::vector<double> values_of(const NamedTensors& file, const NamedTensor& tensor) {
  const std::vector<std::byte> bytes = row_major_bytes(tensor);
  switch (tensor.type) {
    case TensorType::kF64:
      return numbers_in<double>(bytes);
    case TensorType::kI64:
      return numbers_in<int64_t>(bytes);
    case TensorType::kI32:
      return numbers_in<int32_t>(bytes);
    case TensorType::kI16:
      return numbers_in<int16_t>(bytes);
    case TensorType::kI8:
      return numbers_in<int8_t>(bytes);
    case TensorType::kU16:
      return numbers_in<uint16_t>(bytes);
    case TensorType::kU8:
    case TensorType::kBool:
      return numbers_in<uint8_t>(bytes);
    default: {
      const std::vector<float> floats = file.to_floats(tensor);
      return {floats.begin(), floats.end()};
    }
  }
}

// Every tensor of the golden list for this file, and no other.
void expect_golden_tensors(const std::string& name) {
  SCOPED_TRACE(name);
  const TensorFile file = open_golden(name);
  std::ifstream in(test::golden_file("torch_files_golden.txt"));
  size_t count = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string golden, tensor, type, extents;
    words >> golden >> tensor >> type >> extents;
    if (golden != name) continue;
    SCOPED_TRACE(tensor);
    ++count;
    const NamedTensor* found = file.tensors.find(tensor);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(name_of(found->type), type);
    std::vector<int64_t> shape;
    std::istringstream numbers(extents == "-" ? "" : extents);
    for (std::string extent; std::getline(numbers, extent, ',');) shape.push_back(std::stoll(extent));
    EXPECT_EQ(found->shape, shape);
    std::vector<double> values;
    for (double value; words >> value;) values.push_back(value);
    EXPECT_EQ(values_of(file.tensors, *found), values);
  }
  EXPECT_GT(count, 0u);
  EXPECT_EQ(file.tensors.entries().size(), count);
}

TEST(TorchFile, ReadsWhatPyTorchWrote) {
  for (const char* name : {"zip", "old", "checkpoint", "old_checkpoint", "no_crc"}) expect_golden_tensors(name);
}

TEST(TorchFile, NamesItsLayout) {
  EXPECT_EQ(open_golden("zip").format, "PyTorch zip");
  EXPECT_EQ(open_golden("old").format, "PyTorch (before 1.6)");
  EXPECT_EQ(open_golden("zip").wrapper, "");
  EXPECT_EQ(open_golden("checkpoint").wrapper, "state_dict");
}

TEST(TorchFile, ViewsOfAStorageShareItsBytes) {
  const TensorFile file = open_golden("zip");
  EXPECT_EQ(file.tensors.require("tied_a").bytes.data(), file.tensors.require("tied_b").bytes.data());
  EXPECT_TRUE(file.tensors.require("plain").strides.empty());
  EXPECT_EQ(file.tensors.require("transposed").strides, (std::vector<int64_t>{1, 6}));
}

TEST(TorchFile, RejectsObjectsAndPrograms) {
  EXPECT_ERROR(kData, "contains a Python object of type argparse.Namespace, but only tensors", open_golden("namespace"));
  EXPECT_ERROR(kData, "python3 -c 'import sys, torch;", open_golden("namespace"));
  EXPECT_ERROR(kData, "a TorchScript program", open_golden("script"));
}

// Pairs of Python 2, and a parameter as PyTorch 0.2 wrote it.
TEST(TorchFile, ReadsOldDictionariesAndParameters) {
  const std::string tensor = test::pickled_tensor(test::pickled_storage("FloatStorage", "7", 2), 0, test::pickled_numbers({2}),
                                                  test::pickled_numbers({1}));
  const std::string pairs = test::pickled_name("collections", "OrderedDict") + "(](](U\1w" +
                            test::pickled_name("torch.nn.parameter", "Parameter") + "(" + tensor + "tR(\x88\x89}tbeetR";
  const std::string file = test::old_layout(test::pickle(pairs), {{"7", 2, std::string(8, '\0')}});
  EXPECT_EQ(read_torch_file(std::as_bytes(std::span(file)), "old.pth").tensors.require("w").shape, (std::vector<int64_t>{2}));
}

// The tensor's name in a wrapper, so that the test sees which one was read.
std::string wrapped(const std::vector<std::string>& keys) {
  const std::string storage = test::pickled_storage("FloatStorage", "0", 1);
  std::vector<std::pair<std::string, std::string>> items;
  for (const std::string& key : keys) {
    const std::string tensor = test::pickled_tensor(storage, 0, test::pickled_numbers({1}), test::pickled_numbers({1}));
    items.emplace_back(key, test::pickled_dict({{"in." + key, tensor}}));
  }
  items.emplace_back("best", test::pickled_tensor(storage, 0, test::pickled_numbers({1}), test::pickled_numbers({1})));
  items.emplace_back("params", test::pickled_dict({{"lr", "K\x01"}}));
  return test::old_layout(test::pickle(test::pickled_dict(items)), {{"0", 1, std::string(4, '\0')}});
}

TEST(TorchFile, PrefersWeightsToTheirRunningAverages) {
  const auto read = [](const std::vector<std::string>& keys) {
    const std::string file = wrapped(keys);
    return read_torch_file(std::as_bytes(std::span(file)), "checkpoint.pth");
  };
  for (const char* average : {"state_dict_ema", "model_ema", "ema_state_dict", "ema"}) {
    for (const char* weights : {"state_dict", "model", "model_state_dict", "net", "module"}) {
      const TorchTensors torch = read({average, weights});
      EXPECT_EQ(torch.wrapper, weights);
      EXPECT_EQ(torch.others, (std::vector<std::string>{average}));
      ASSERT_EQ(torch.tensors.entries().size(), 1u);
      EXPECT_EQ(torch.tensors.entries()[0].name, std::string("in.") + weights);
    }
    EXPECT_EQ(read({average}).wrapper, average);
  }
  EXPECT_EQ(read({}).wrapper, "") << "params has no tensors";
  EXPECT_EQ(read({}).tensors.entries()[0].name, "best");
}

TEST(TensorFile, SaysWhatOtherFilesAre) {
  using std::string_literals::operator""s;
  const test::TemporaryFolder folder;
  for (const auto& [text, message] : std::map<std::string, std::string>{
           {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "get it with git lfs pull"},
           {"<!DOCTYPE html><html>", "a web page or XML"},
           {"\x89HDF\r\n\x1a\n........", "an HDF5 file"},
           {"(dp0\nVa\np1\nI1\ns.", "give a .safetensors, .pth or .pt file"},
           {"\x1f\x8b\x08\0\0\0\0\0\0"s, "compressed by gzip"},
           {"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94."s, "a Python pickle that torch.save() did not write"},
           {"\x80\x02}q\0."s, "a Python pickle that torch.save() did not write"}}) {
    test::write_whole_file(folder / "weights.bin", text);
    EXPECT_ERROR(kData, "weights.bin: not a file of weights", open_tensor_file(folder / "weights.bin"));
    EXPECT_ERROR(kData, message, open_tensor_file(folder / "weights.bin"));
    EXPECT_FALSE(is_tensor_file(folder / "weights.bin"));
  }
}

TEST(TensorFile, IsKnownByItsContent) {
  const test::TemporaryFolder folder;
  // A header of 0x80 bytes begins as a pickle does.
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::string text = test::little_endian(128, 8) + header + std::string(128 - header.size(), ' ') + std::string(4, '\0');
  test::write_whole_file(folder / "a", text);
  EXPECT_EQ(open_tensors(folder / "a").entries().size(), 1u);
  EXPECT_TRUE(is_tensor_file(folder / "a"));
  EXPECT_TRUE(is_tensor_file(test::golden_file("torch/zip.pth")));
  EXPECT_TRUE(is_tensor_file(test::golden_file("torch/old.pth")));
  test::write_whole_file(folder / "a", R"({"weight_map":{"a":"b"}})");
  EXPECT_TRUE(is_tensor_file(folder / "a"));
  test::write_whole_file(folder / "a", R"({"0":"tench"})");
  EXPECT_FALSE(is_tensor_file(folder / "a"));
  EXPECT_FALSE(is_tensor_file(folder / "absent"));
  EXPECT_FALSE(is_tensor_file(folder.path()));
}

class Shards : public testing::Test {
 protected:
  std::string write_shard(const std::string& name, const std::string& tensor, const std::vector<float>& values) {
    write_safetensors(folder_ / name,
                      {{tensor, TensorType::kF32, {static_cast<int64_t>(values.size())}, std::as_bytes(std::span(values))}});
    return name;
  }
  std::string write_index(const std::string& text) {
    test::write_whole_file(folder_ / "model.safetensors.index.json", text);
    return folder_ / "model.safetensors.index.json";
  }

  test::TemporaryFolder folder_;
};

TEST_F(Shards, AreReadThroughTheirIndex) {
  write_shard("one.safetensors", "a", {1, 2});
  write_shard("two.safetensors", "b", {3});
  const std::string index =
      write_index(R"({"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  const TensorFile file = open_tensor_file(index);
  EXPECT_EQ(file.shards, (std::vector<std::string>{folder_ / "one.safetensors", folder_ / "two.safetensors"}));
  EXPECT_EQ(file.tensors.to_floats(file.tensors.require("a")), (std::vector<float>{1, 2}));
  EXPECT_EQ(file.tensors.to_floats(file.tensors.require("b")), (std::vector<float>{3}));
  const uint64_t hash = hash_tensor_file(index);
  write_shard("two.safetensors", "b", {4});
  EXPECT_NE(hash_tensor_file(index), hash);
  EXPECT_EQ(hash_tensor_file(folder_ / "one.safetensors"), hash_file(folder_ / "one.safetensors"));
}

TEST_F(Shards, OfPyTorchAreRead) {
  std::filesystem::copy_file(test::golden_file("torch/no_crc.pth"), folder_ / "pytorch_model.bin");
  const TensorFile file = open_tensor_file(write_index(R"({"weight_map":{"a":"pytorch_model.bin"}})"));
  EXPECT_EQ(file.tensors.to_floats(file.tensors.require("a")), (std::vector<float>{1, 2}));
}

TEST_F(Shards, DamagedIndexesAreRejected) {
  write_shard("one.safetensors", "a", {1});
  for (const char* shard : {"../one.safetensors", "/etc/passwd", "sub/one.safetensors", "..", ".", "", "a\\\\b", "a\\u0000b"}) {
    EXPECT_ERROR(kData, "but shards are files in the folder of their index",
                 open_tensor_file(write_index(R"({"weight_map":{"a":")" + std::string(shard) + "\"}}")));
  }
  EXPECT_ERROR(kData, "but shards are files", open_tensor_file(write_index(R"({"weight_map":{"a":7}})")));
  std::string deep;
  for (int i = 0; i < 200000; ++i) deep += R"({"a":)";
  EXPECT_ERROR(kData, "tensor \"a\" is in JSON of type object, but shards are files",
               open_tensor_file(write_index(R"({"weight_map":{"a":)" + deep + "1" + std::string(200002, '}'))));
  EXPECT_ERROR(kData, "no weight_map", open_tensor_file(write_index("{}")));
  EXPECT_ERROR(kData, "not valid JSON", open_tensor_file(write_index("{\"weight_map\":")));
  EXPECT_ERROR(kData, "has no tensor \"b\"", open_tensor_file(write_index(R"({"weight_map":{"b":"one.safetensors"}})")));
  EXPECT_ERROR(kData, "two.safetensors", open_tensor_file(write_index(R"({"weight_map":{"a":"two.safetensors"}})")));
  EXPECT_ERROR(kData, "is itself an index",
               open_tensor_file(write_index(R"({"weight_map":{"a":"model.safetensors.index.json"}})")));
}

TEST(BesideWeights, ReadsFilesOfTimmAndTransformers) {
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / "config.json",
                         R"({"downsample_in_bottleneck":true,"pretrained_cfg":{"mean":[0.1,0.2,0.3],"std":[1,1,1]}})");
  const BesideWeights timm = read_beside_weights(folder / "model.safetensors");
  EXPECT_EQ(timm.metadata, (TensorMetadata{{"image_mean", "0.1,0.2,0.3"}, {"image_std", "1,1,1"}, {"stride_in_1x1", "true"}}));
  EXPECT_EQ(timm.files, (std::vector<std::string>{folder / "config.json"}));
  EXPECT_TRUE(read_beside_weights(folder / "resnet50.pth").files.empty()) << "a name that no hub gives";
  test::write_whole_file(folder / "preprocessor_config.json", R"({"image_mean":[0.5,0.5,0.5],"image_std":[2,2,2]})");
  EXPECT_EQ(read_beside_weights(folder / "model.safetensors").metadata.at("image_mean"), "0.5,0.5,0.5");
  EXPECT_EQ(read_beside_weights(folder / "model.safetensors").metadata.at("image_std"), "2,2,2");
  for (const char* network :
       {R"({"architecture":"resnetaa50"})", R"({"architecture":"resnetblur50"})",
        R"({"model_type":"resnet","hidden_act":"gelu"})", R"({"model_type":"resnet","downsample_in_first_stage":true})"}) {
    test::write_whole_file(folder / "config.json", network);
    EXPECT_ERROR(kData, "config.json: ", read_beside_weights(folder / "model.safetensors"));
    EXPECT_ERROR(kData, "support", read_beside_weights(folder / "model.safetensors"));
  }
  test::write_whole_file(folder / "config.json",
                         R"({"model_type":"resnet","hidden_act":"relu","downsample_in_first_stage":false})");
  EXPECT_NO_THROW(read_beside_weights(folder / "model.safetensors"));
  test::write_whole_file(folder / "config.json", "{\"pretrained_cfg\":");
  EXPECT_ERROR(kData, "config.json: not a JSON object", read_beside_weights(folder / "model.safetensors"));
}

}  // namespace
}  // namespace tagloom
