#pragma once
// The inputs that each target starts from: small valid files, made by the project's own writers where it has them.
#include <map>
#include <string>
#include <vector>

namespace tagloom::fuzz {

struct Seeds {
  std::vector<std::string> inputs;
  std::vector<std::string> words = {};  // a fuzzer's dictionary
};

std::map<std::string, Seeds> all_seeds();      // by target
std::map<std::string, Seeds> picture_seeds();  // of the targets that read pictures
std::map<std::string, Seeds> import_seeds();   // of those that import datasets

// A shard with two pictures, for the index of a pack.
inline constexpr const char* kSmallShard = "train-000000.tar";
std::string small_shard();

}  // namespace tagloom::fuzz
