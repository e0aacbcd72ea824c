// Writes the seeds and dictionaries of all targets: fuzz_seeds FOLDER.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/fuzz/seeds.h"

namespace {

// A line of a libFuzzer dictionary.
std::string quoted(const std::string& word) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : word) {
    const bool plain = c > ' ' && c < 0x7f && c != '"' && c != '\\';
    out += plain ? std::string(1, c) : std::string{'\\', 'x', kDigits[c >> 4 & 15], kDigits[c & 15]};
  }
  return out + "\"";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds FOLDER\n";
    return 2;
  }
  namespace fs = std::filesystem;
  for (const auto& [target, seeds] : tagloom::fuzz::all_seeds()) {
    const fs::path folder = fs::path(argv[1]) / target;
    fs::create_directories(folder / "corpus");
    std::ofstream words(folder / "dictionary");
    for (const std::string& word : seeds.words) words << quoted(word) << "\n";
    int number = 0;
    for (const std::string& input : seeds.inputs) {
      std::ofstream(folder / "corpus" / ("seed" + std::to_string(number++)), std::ios::binary) << input;
    }
  }
}
