// Weights in files: PyTorch's layouts, and messages about mismatches.
#include "engine/train/weights.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "engine/nn/layers.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Small enough to write every value out.
class TinyNet : public Module {
 public:
  explicit TinyNet(int64_t classes = 2) : conv({2, 2, 2}), norm(2), fc(4, classes) {
    add("conv", conv);
    add("norm", norm);
    add("fc", fc);
    fc.weight.map_channels = 2;  // over a flattened map of 2 pixels and 2 channels
  }
  Conv2d conv;
  BatchNorm norm;
  Linear fc;
};

class Weights : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("weights_test_" + std::to_string(::getpid()) + "_" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  // PyTorch's state_dict of the same network, with values counting up from 0.
  struct Entry {
    std::string name;
    std::vector<int64_t> shape;
  };
  std::string write(const std::vector<Entry>& entries, const std::string& prefix = "") {
    std::vector<std::vector<float>> storage;
    std::vector<SafetensorsEntry> written;
    for (const Entry& entry : entries) {
      storage.emplace_back(element_count(entry.shape));
      std::iota(storage.back().begin(), storage.back().end(), 0.0f);
      written.push_back({prefix + entry.name, SafetensorsType::kF32, entry.shape, std::as_bytes(std::span(storage.back()))});
    }
    const std::string file = path("model.safetensors");
    write_safetensors(file, written);
    return file;
  }
  static std::vector<Entry> whole() {
    return {{"conv.weight", {2, 2, 2, 2}},   {"conv.bias", {2}},        {"norm.weight", {2}},  {"norm.bias", {2}},
            {"norm.running_mean", {2}},      {"norm.running_var", {2}}, {"fc.weight", {2, 4}}, {"fc.bias", {2}},
            {"norm.num_batches_tracked", {}}};
  }

  std::filesystem::path folder_;
};

TEST_F(Weights, PermutesLayouts) {
  TinyNet net;
  load_weights(net, write(whole()));
  // [k, c, r, s] = 8 k + 4 c + 2 r + s is at [k, r, s, c]
  EXPECT_EQ(net.conv.weight.value.to_vector(), (std::vector<Real>{0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15}));
  // [m, c, pixel] = 4 m + 2 c + pixel is at [m, pixel, c]
  EXPECT_EQ(net.fc.weight.value.to_vector(), (std::vector<Real>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(net.norm.running_var.to_vector(), (std::vector<Real>{0, 1}));
}

TEST_F(Weights, RoundTrips) {
  TinyNet net, other;
  net.reset({5, 5});
  save_weights(net, path("saved.safetensors"), {{"architecture", "tiny"}});
  const Safetensors file = Safetensors::open(path("saved.safetensors"));
  EXPECT_EQ(file.metadata().at("architecture"), "tiny");
  EXPECT_EQ(file.require("conv.weight").shape, (std::vector<int64_t>{2, 2, 2, 2}));
  load_weights(other, file);
  for (size_t i = 0; i < net.named_parameters().size(); ++i) {
    EXPECT_EQ(net.named_parameters()[i].parameter->value.to_vector(), other.named_parameters()[i].parameter->value.to_vector());
  }
  // in the file: PyTorch's order
  const std::vector<float> stored = file.to_floats(file.require("conv.weight"));
  const std::vector<Real> held = net.conv.weight.value.to_vector();
  EXPECT_EQ(stored[1], held[2]) << "[0,0,0,1] of the file is [0,0,1,0] in memory";
}

TEST_F(Weights, PrefixSelectsAPartOfAFile) {
  TinyNet net;
  std::vector<Entry> entries = whole();
  const std::string file = write(entries, "cnn.");
  load_weights(net, file, {.prefix = "cnn."});
  EXPECT_EQ(net.conv.bias.value.to_vector(), (std::vector<Real>{0, 1}));
  EXPECT_THAT(test::data_error([&] { load_weights(net, file); }), HasSubstr("the file has no conv.weight, conv.bias"));
}

TEST_F(Weights, ReportsMissingTensors) {
  TinyNet net;
  std::vector<Entry> entries = whole();
  entries.erase(entries.begin() + 4);
  const std::string file = write(entries);
  EXPECT_THAT(test::data_error([&] { load_weights(net, file); }),
              AllOf(HasSubstr("model.safetensors"), HasSubstr("the file has no norm.running_mean")));
  EXPECT_THAT(test::data_error([&] { load_weights(net, write({{"x", {1}}})); }), HasSubstr("and 3 more; the model has no x"));
}

TEST_F(Weights, ReportsWrongShapesAndChangesNothing) {
  TinyNet net;
  const std::vector<Real> before = net.conv.bias.value.to_vector();
  std::vector<Entry> entries = whole();
  entries[0].shape = {2, 2, 3, 3};
  const std::string file = write(entries);
  EXPECT_THAT(test::data_error([&] { load_weights(net, file); }),
              HasSubstr("conv.weight is [2, 2, 3, 3] in the file, but [2, 2, 2, 2] in the model"));
  EXPECT_EQ(net.conv.bias.value.to_vector(), before);
}

TEST_F(Weights, RulesAllowDifferences) {
  TinyNet net;
  std::vector<Entry> entries = whole();
  entries.push_back({"head.weight", {3}});
  EXPECT_THAT(test::data_error([&] { load_weights(net, write(entries)); }), HasSubstr("the model has no head.weight"));
  load_weights(net, write(entries), {.ignored = {"head."}});
  entries = whole();
  entries.erase(entries.begin() + 6, entries.begin() + 8);
  EXPECT_THAT(test::data_error([&] { load_weights(net, write(entries)); }), HasSubstr("the file has no fc.weight, fc.bias"));
  load_weights(net, write(entries), {.optional = {"fc."}});
}

TEST_F(Weights, RejectsTruncatedFiles) {
  TinyNet net;
  const std::string file = write(whole());
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
  EXPECT_THAT(test::data_error([&] { load_weights(net, file); }), HasSubstr("model.safetensors"));
}

TEST_F(Weights, RejectsIntegers) {
  TinyNet net;
  std::vector<Entry> entries = whole();
  entries.erase(entries.begin() + 1);
  const std::string file = write(entries);
  const Safetensors good = Safetensors::open(file);
  std::vector<SafetensorsEntry> with_integers = good.entries();
  const std::vector<int32_t> integers{1, 2};
  with_integers.push_back({"conv.bias", SafetensorsType::kI32, {2}, std::as_bytes(std::span(integers))});
  write_safetensors(path("integers.safetensors"), with_integers);
  EXPECT_THAT(test::data_error([&] { load_weights(net, path("integers.safetensors")); }),
              HasSubstr("conv.bias is I32 in the file"));
}

}  // namespace
}  // namespace tagloom
