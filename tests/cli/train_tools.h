#pragma once
// The fixture for tests of the training tools: sixty drawn pictures, a configuration that trains on them in a second, and a finished run.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/io/safetensors.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {

class TrainTools : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    const ProgramResult drawn =
        run_program({"tagdata", "scenes", "--images", "60", "--size", "32", "--seed", "3", path("scenes")});
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    std::string validation = read_whole_file(path("scenes/val.tsv"));
    const std::string unknown = "lighthouse,";  // which no training picture has: a warning
    ASSERT_NE(validation.find(unknown), std::string::npos);
    write_whole_file(path("scenes/val.tsv"), validation.erase(validation.find(unknown), unknown.size()));
    std::ofstream(path("tiny.toml"))
        << "[data]\ntrain = \"" << path("scenes/train.tsv") << "\"\nvalidation = \"" << path("scenes/val.tsv") << "\"\ntest = \""
        << path("scenes/test.tsv") << "\"\nsize = 32\nflip = true\n"
        << "[backbone]\nname = \"small\"\nlayer = \"conv5\"\nfreeze = false\n"
        << "[model]\nkind = \"multi_order\"\nstate = \"features\"\nhidden = 16\nembedding = 8\nsteps = 3\ndropout = 0.2\n"
        << "[optim]\nbackbone = { learning_rate = 1e-3 }\n"
        << "[train]\nepochs = 3\nbatch_size = 8\ndevice = \"cpu\"\ncheckpoint_every = 2\n";
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::string path(const std::string& name) { return *folder_ / name; }
  static ProgramResult train(const std::string& run, std::vector<std::string> more = {}, const ProgramOptions& options = {}) {
    std::vector<std::string> words{"tagtrain", "-c", path("tiny.toml"), "-o", path(run)};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words, options);
  }
  // A finished run, shared by several tests.
  static std::string finished() {
    if (!std::filesystem::exists(path("finished"))) {
      const ProgramResult result = train("finished");
      EXPECT_EQ(result.code, 0) << result.err;
    }
    return path("finished");
  }

 private:
  static inline TemporaryFolder* folder_ = nullptr;
};

inline void expect_same_checkpoint(const std::string& a, const std::string& b) {
  const Safetensors first = Safetensors::open(a), second = Safetensors::open(b);
  ASSERT_EQ(first.entries().size(), second.entries().size());
  for (const SafetensorsEntry& entry : first.entries()) {
    const SafetensorsEntry& other = second.require(entry.name);
    ASSERT_EQ(entry.bytes.size(), other.bytes.size()) << entry.name;
    EXPECT_EQ(std::memcmp(entry.bytes.data(), other.bytes.data(), entry.bytes.size()), 0) << entry.name << " differs";
  }
  EXPECT_EQ(first.metadata(), second.metadata());
}

}  // namespace tagloom::test
