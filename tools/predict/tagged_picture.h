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
  std::string name;  // the name without its parents: Dog
  float score = 0;
  std::vector<std::string> parents = {};  // the levels above it in a hierarchy, topmost first: Animals
};

// One step of an LSTM (models/decoding/step_path.h), with the model's tag names.
struct NamedStep {
  struct Candidate {
    std::string name;
    float probability = 0;
    bool is_end = false;  // the end of the tags instead of a tag
  };
  std::optional<Candidate> chosen;
  std::vector<Candidate> competing;  // best first
};

struct TaggedPicture {
  std::string path;
  std::vector<ScoredTag> tags;        // best first
  std::vector<NamedStep> steps = {};  // for models with steps, on request
  std::string step_scores = {};       // how the probabilities were computed: softmax or sigmoid

  std::vector<ScoredTag> unwanted = {};  // tags that the reviewer rejected or removed

  // For a review page, on request:
  std::vector<ScoredTag> runners_up = {};                    // the best tags that were not given, best first
  double margin = std::numeric_limits<double>::quiet_NaN();  // near_misses.h
  std::vector<uint8_t> thumbnail = {};                       // a JPEG
};

// The tag with its parents, as Animals|Dog, or its name if it has none.
std::string full_name(const ScoredTag& tag, std::string_view separator = "|");

}  // namespace tagloom
