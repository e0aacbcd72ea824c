#pragma once
// The drawn pictures with a frozen CNN: what the tests of runs on kept features share. Each test has weights, cache and runs of its own
// in a folder that goes with it.
#include "engine/train/weights.h"
#include "models/backbones/backbone.h"
#include "tests/cli/train_tools.h"

namespace tagloom::test {

class FrozenTools : public TrainTools {
 protected:
  // `data` are lines of the configuration's [data]; the sections [model] and [train] are the caller's to add.
  static std::string frozen_settings(const std::string& data, const SafetensorsMetadata& of_weights = {}) {
    std::filesystem::create_directories(path("frozen"));
    const auto cnn = make_backbone({.name = "small"});
    cnn->reset({1, 0});
    save_weights(*cnn, path("frozen/weights.safetensors"), of_weights);
    return "[data]\ntrain = \"" + path("scenes/train.tsv") + "\"\nsize = 32\ncache_dir = \"" + path("frozen/cache") + "\"\n" +
           data + "[backbone]\nname = \"small\"\nweights = \"" + path("frozen/weights.safetensors") + "\"\n";
  }
  static std::string validation() { return "validation = \"" + path("scenes/val.tsv") + "\"\n"; }
  static void write(const std::string& file, const std::string& text) { std::ofstream(path("frozen/" + file)) << text; }
  void TearDown() override { std::filesystem::remove_all(path("frozen")); }

  // A program's words, the caller's and then `more`.
  static ProgramResult run_with(std::vector<std::string> words, const std::vector<std::string>& more,
                                const ProgramOptions& options = {}) {
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words, options);
  }
};

}  // namespace tagloom::test
