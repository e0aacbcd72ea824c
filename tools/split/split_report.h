#pragma once
// Reports how evenly a split divides pictures and tags.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/data/manifest.h"
#include "tools/split/split_rows.h"

namespace tagloom {

struct PartReport {
  std::string name;
  double share = 0;  // asked for
  int64_t pictures = 0;
  std::vector<int64_t> with_tag;  // pictures with each tag of the manifest
  int64_t tags = 0;               // tags with a picture here
  std::vector<int32_t> absent;    // tags without one, those with most pictures elsewhere first
  int32_t furthest = -1;          // the tag whose number of pictures is furthest from its share; -1 without tags
  double furthest_by = 0;         // pictures: the number minus the share
  double mean_error = 0;          // over the tags: |share of the tag's pictures that are here - share|
};

struct SplitReport {
  std::vector<int64_t> with_tag;  // in all parts
  std::vector<PartReport> parts;
};

SplitReport report_split(const Manifest& manifest, const SplitRows& rows, const std::vector<SplitPart>& parts);

// `top` limits the names of absent tags.
std::string split_text(const Manifest& manifest, const SplitReport& report, int64_t top);
nlohmann::ordered_json split_json(const Manifest& manifest, const SplitReport& report);

}  // namespace tagloom
