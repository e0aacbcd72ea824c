// tagdata weights on the command line, with a file in PyTorch's format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/io/safetensors.h"
#include "engine/train/weights.h"
#include "models/backbones/backbone.h"
#include "tests/engine/io/torch_files.h"
#include "tests/support/run_program.h"
#include "tests/support/seeded_values.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TagdataWeights : public testing::Test {
 protected:
  void SetUp() override {
    backbone_ = make_backbone({.name = "small", .layer = BackboneLayer::kLogits, .classes = 7});
    fill_seeded(*backbone_, ".bn4.weight");
    weights_ = module_entries(*backbone_);
    write_whole_file(file_, pth_checkpoint(weights_.entries));
  }
  static ProgramResult run(std::vector<std::string> words) {
    words.insert(words.begin(), {"tagdata", "weights"});
    return run_program(words);
  }
  // The result for the tensors, which must be rejected.
  ProgramResult rejected() {
    write_safetensors(output_, weights_.entries);
    ProgramResult result = run({output_});
    EXPECT_EQ(result.code, 3);
    return result;
  }

  TemporaryFolder folder_;
  std::string file_ = folder_ / "small.pth", output_ = folder_ / "small.safetensors";
  std::unique_ptr<Backbone> backbone_;
  ModuleEntries weights_;
};

TEST_F(TagdataWeights, DescribesAFile) {
  const ProgramResult r = run({file_});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.err, "");
  EXPECT_THAT(r.out, AllOf(HasSubstr("format          PyTorch zip, tensors under model\n"), HasSubstr("tensors         22 with "),
                           HasSubstr("renamed         22 (without module.): module."),
                           HasSubstr("backbone        small\nloaded          20\n"),
                           HasSubstr("layers          conv5_map, conv5, pool5, logits (7 classes)\n")));
}

TEST_F(TagdataWeights, JsonHasEveryName) {
  const auto json = nlohmann::json::parse(run({file_, "--json"}).out);
  EXPECT_EQ(json["backbone"], "small");
  EXPECT_EQ(json["fits"], true);
  EXPECT_EQ(json["wrapper"], "model");
  EXPECT_EQ(json["renamed"].size(), 22u);
  EXPECT_EQ(json["classes"], 7);
}

TEST_F(TagdataWeights, ConvertsToSafetensors) {
  EXPECT_EQ(run({file_, "-o", output_}).code, 0);
  const Safetensors converted = Safetensors::open(output_);
  EXPECT_EQ(converted.entries().size(), weights_.entries.size());
  for (const NamedTensor& tensor : weights_.entries) {
    EXPECT_EQ(converted.to_floats(converted.require(tensor.name)), converted.to_floats(tensor)) << tensor.name;
  }
  EXPECT_EQ(converted.metadata().at("architecture"), "small");
  EXPECT_THAT(run({output_}).out, testing::Not(HasSubstr("renamed")));
}

TEST_F(TagdataWeights, HalvesTheSize) {
  EXPECT_EQ(run({file_, "-o", output_, "--dtype", "f16"}).code, 0);
  const Safetensors converted = Safetensors::open(output_);
  const NamedTensor& bias = converted.require("bn1.bias");
  EXPECT_EQ(bias.type, TensorType::kF16);
  const std::vector<float> exact =
      NamedTensors("x", weights_.entries).to_floats(NamedTensors("x", weights_.entries).require("bn1.bias"));
  const std::vector<float> halves = converted.to_floats(bias);
  for (size_t i = 0; i < exact.size(); ++i)
    EXPECT_NEAR(halves[i], exact[i], std::abs(exact[i]) / 2048);  // half a unit in the last place
}

TEST_F(TagdataWeights, NumbersTooLargeForHalvesAreRejected) {
  weights_.storage[0][0] = 70000;
  write_whole_file(file_, pth_checkpoint(weights_.entries));
  const ProgramResult r = run({file_, "-o", output_, "--dtype", "f16"});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.err, HasSubstr("contains 70000, which is too large for f16: leave out --dtype"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

// What training refuses must not pass here.
TEST_F(TagdataWeights, WeightsThatCannotBeLoadedAreRejected) {
  weights_.storage[0][1] = std::nanf("");
  write_whole_file(file_, pth_checkpoint(weights_.entries));
  const ProgramResult r = run({file_, "-o", output_});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.out, HasSubstr("NaN, infinite   1: 1 of the "));
  EXPECT_THAT(r.err, HasSubstr("are NaN or infinite: the file is damaged or its training diverged"));
  EXPECT_FALSE(std::filesystem::exists(output_));
  weights_.storage[0][1] = 0;
  for (NamedTensor& tensor : weights_.entries) {
    if (tensor.name == "bn1.bias") tensor.type = TensorType::kI32;
  }
  const ProgramResult integers = rejected();
  EXPECT_THAT(integers.out, HasSubstr("wrong type      1: bn1.bias is I32, not floating point"));
  EXPECT_THAT(integers.err, HasSubstr("1 of another type (bn1.bias is I32, not floating point)"));
}

TEST_F(TagdataWeights, KeepsTheMetadataAndItsInput) {
  const std::string input = folder_ / "input.safetensors";
  write_safetensors(input, weights_.entries, {{"image_size", "96"}, {"image_mean", "0.1,0.2,0.3"}, {"note", "mine"}});
  const std::string before = read_whole_file(input);
  const ProgramResult same = run({input, "-o", folder_ / "./input.safetensors", "--dtype", "f16"});
  EXPECT_EQ(same.code, 2);
  EXPECT_THAT(same.err, HasSubstr("is an input of this command: write to another file"));
  EXPECT_EQ(read_whole_file(input), before);
  ASSERT_EQ(run({input, "-o", output_}).code, 0);
  const TensorMetadata metadata = Safetensors::open(output_).metadata();
  EXPECT_EQ(metadata.at("image_size"), "96");
  EXPECT_EQ(metadata.at("image_mean"), "0.1,0.2,0.3");
  EXPECT_EQ(metadata.at("note"), "mine");
  const std::string model = folder_ / "model.safetensors";
  write_safetensors(model, weights_.entries);
  write_whole_file(folder_ / "config.json", R"({"pretrained_cfg":{"mean":[0.25,0.5,0.75],"std":[1,1,1]}})");
  const ProgramResult again = run({model, "-o", output_});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("small.safetensors: already exists: add --force to replace it"));
  EXPECT_EQ(Safetensors::open(output_).metadata().at("image_mean"), "0.1,0.2,0.3");
  ASSERT_EQ(run({model, "-o", output_, "--force"}).code, 0);
  EXPECT_EQ(Safetensors::open(output_).metadata().at("image_mean"), "0.25,0.5,0.75");
  const ProgramResult named = run({model, "-o", folder_ / "other.pth"});
  EXPECT_EQ(named.code, 2);
  EXPECT_THAT(named.err, HasSubstr("other.pth: -o writes safetensors: give a name that ends in .safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other.pth"));
}

// Filters in channels-last order, as a channels-last network is saved.
TEST_F(TagdataWeights, ConvertsStridedFilters) {
  const auto filter = std::find_if(weights_.entries.begin(), weights_.entries.end(),
                                   [](const NamedTensor& tensor) { return tensor.name == "conv2.weight"; });
  const std::vector<int64_t> s = filter->shape;  // [K, C, R, S]
  const std::vector<float> rows = NamedTensors("x", {*filter}).to_floats(*filter);
  std::vector<float> turned;
  for (int64_t k = 0; k < s[0]; ++k) {
    for (int64_t place = 0; place < s[2] * s[3]; ++place) {
      for (int64_t c = 0; c < s[1]; ++c) turned.push_back(rows[static_cast<size_t>((k * s[1] + c) * s[2] * s[3] + place)]);
    }
  }
  filter->bytes = std::as_bytes(std::span(turned));
  filter->strides = {s[1] * s[2] * s[3], 1, s[1] * s[3], s[1]};
  write_whole_file(file_, pth_checkpoint(weights_.entries));
  ASSERT_EQ(run({file_, "-o", output_}).code, 0);
  const Safetensors converted = Safetensors::open(output_);
  EXPECT_EQ(converted.to_floats(converted.require("conv2.weight")), rows);
}

TEST_F(TagdataWeights, NamesATensorIfNoneFits) {
  for (NamedTensor& tensor : weights_.entries) tensor.name.insert(0, "cnn.");
  const ProgramResult r = rejected();
  EXPECT_THAT(r.err, HasSubstr("fits no backbone: none of its 22 tensors has a name of a backbone's"));
  EXPECT_THAT(r.err, HasSubstr("the first is cnn."));
}

TEST_F(TagdataWeights, NamesTheNearestBackbone) {
  for (NamedTensor& tensor : weights_.entries) {
    if (tensor.name == "bn1.bias") tensor.name = "bn1.beta";
  }
  write_whole_file(file_, pth_checkpoint(weights_.entries));
  const ProgramResult r = run({file_, "-o", output_});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.out, AllOf(HasSubstr("nearest         small"), HasSubstr("missing         1: bn1.bias"),
                           HasSubstr("unexpected      1: bn1.beta")));
  EXPECT_THAT(
      r.err,
      HasSubstr("fits no backbone; the nearest is small, with 19 of its tensors: 1 missing (bn1.bias), 1 unexpected (bn1.beta)"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(TagdataWeights, DamagedFilesExitWith3) {
  std::filesystem::resize_file(file_, 1000);
  const ProgramResult r = run({file_, "--quiet"});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.err, HasSubstr("its zip archive cannot be read"));
  EXPECT_EQ(run({folder_ / "absent.pth"}).code, 3);
  EXPECT_EQ(run({}).code, 2);
}

}  // namespace
}  // namespace tagloom::test
