#pragma once
// A picture with the tags that a model gave it.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct ScoredTag {
  std::string name;  // the word itself: Dog
  float score = 0;
  std::vector<std::string> parents = {};  // the tags above it in a hierarchy, topmost first: Animals
};

// What an LSTM considered at one step: models/decoding/step_path.h, with the model's names.
struct NamedStep {
  struct Candidate {
    std::string name;
    float probability = 0;
    bool is_end = false;  // not a tag, but the end of the tags
  };
  std::optional<Candidate> chosen;
  std::vector<Candidate> competing;  // best first
};

struct TaggedPicture {
  std::string path;
  std::vector<ScoredTag> tags;        // best first
  std::vector<NamedStep> steps = {};  // of a model with steps, on request
  std::string step_scores = {};       // softmax or sigmoid: what its probabilities are

  std::vector<ScoredTag> unwanted = {};  // tags that a person took off

  // For a review page, on request:
  std::vector<ScoredTag> runners_up = {};                    // the best tags that were not given, best first
  double margin = std::numeric_limits<double>::quiet_NaN();  // near_misses.h
  std::vector<uint8_t> thumbnail = {};                       // a JPEG
};

// The tag below its parents: Animals|Dog; the name of a tag without parents.
std::string full_name(const ScoredTag& tag, std::string_view separator = "|");

}  // namespace tagloom
