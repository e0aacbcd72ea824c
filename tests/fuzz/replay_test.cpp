// Runs every target on its seeds, on damaged copies of them, and on the inputs that once broke a property. The fuzzers themselves
// need clang; this keeps them from rotting where there is only GCC.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/fuzz/property.h"
#include "tests/fuzz/seeds.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::fuzz {

#define TAGLOOM_FUZZ_TARGET(name) void name(Input input);
#include "fuzz/targets.inc"
#undef TAGLOOM_FUZZ_TARGET

namespace {

struct Target {
  const char* name;
  void (*function)(Input);
};

void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

constexpr Target kTargets[] = {
#define TAGLOOM_FUZZ_TARGET(name) {#name, name},
#include "fuzz/targets.inc"
#undef TAGLOOM_FUZZ_TARGET
};

void run_text(const Target& target, const std::string& input, const std::string& what) {
  EXPECT_NO_THROW(run(target.function, {reinterpret_cast<const uint8_t*>(input.data()), input.size()}))
      << target.name << ": " << what;
}

class FuzzReplay : public testing::TestWithParam<Target> {};

TEST_P(FuzzReplay, Seeds) {
  const auto seeds = all_seeds();
  ASSERT_TRUE(seeds.contains(GetParam().name));
  int accepted_ones = 0;
  std::string refusal;
  for (const std::string& input : seeds.at(GetParam().name).inputs) {
    run_text(GetParam(), input, "a seed");
    try {
      GetParam().function({reinterpret_cast<const uint8_t*>(input.data()), input.size()});
      ++accepted_ones;
    } catch (const Error& error) {
      refusal = error.what();
    }
  }
  EXPECT_GT(accepted_ones, 0) << "the reader refuses all seeds: " << refusal;
}

TEST_P(FuzzReplay, DamagedSeeds) {
  std::mt19937 random(7);
  const std::vector<std::string> inputs = all_seeds()[GetParam().name].inputs;
  for (const std::string& input : inputs) {
    for (int round = 0; round < 100; ++round) {
      std::string damaged = input;
      for (int i = 0; i <= round % 3 && !damaged.empty(); ++i)
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      if (round % 4 == 0) damaged.resize(random() % (damaged.size() + 1));
      run_text(GetParam(), damaged, "round " + std::to_string(round));
    }
  }
}

TEST_P(FuzzReplay, Regressions) {
  const std::filesystem::path folder = std::filesystem::path(TAGLOOM_FUZZ_REGRESSIONS) / GetParam().name;
  if (!std::filesystem::exists(folder)) return;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    run_text(GetParam(), test::read_whole_file(file.path().string()), file.path().string());
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuzzReplay, testing::ValuesIn(kTargets), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tagloom::fuzz
