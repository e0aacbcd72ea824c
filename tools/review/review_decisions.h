#pragma once
// Reads the file that a review page saves: one JSON object per decided picture and line, also a manifest for tagtrain.
//
//   {"path": "/photos/a.jpg", "tags": ["sky", "sea"], "state": "corrected", "added": ["sea"], "rejected": ["car"], "removed": []}
//
// `path` is absolute; `path_bytes` has it in base64 if it is not UTF-8. `tags` are the picture's tags after the decision. `state` is
// "accepted" if they are those that the page began with, else "corrected". `added` were switched on or typed by the person, `rejected` are
// suggestions and `removed` a person's earlier tags that were switched off.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

struct ReviewDecision {
  std::string path;
  std::vector<std::string> tags, rejected, removed;
  int64_t line = 0;
};

// Only "path" and "tags" are required. Throws Error(kData), "review.jsonl:3: …", for the first invalid row.
std::vector<ReviewDecision> read_review_decisions(const std::string& file);

}  // namespace tagloom
