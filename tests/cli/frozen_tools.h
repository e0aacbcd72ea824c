#pragma once
// The fixture for tests of runs on cached features: drawn pictures and a frozen CNN. Each test has its own weights, cache and runs in a
// temporary folder.
#include "engine/train/weights.h"
#include "models/backbones/backbone.h"
#include "tests/cli/train_tools.h"

namespace tagloom::test {

class FrozenTools : public TrainTools {
 protected:
  // `data` has further lines of the section [data]; the caller adds the sections [model] and [train].
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

  // Runs a program with the arguments `words` and then `more`.
  static ProgramResult run_with(std::vector<std::string> words, const std::vector<std::string>& more,
                                const ProgramOptions& options = {}) {
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words, options);
  }
};

}  // namespace tagloom::test
