#pragma once
// Reads the file that a review page saves: one line of JSON per decided picture. The file is also a manifest for tagtrain.
//
//   {"path": "/photos/a.jpg", "tags": ["sky", "sea"], "state": "corrected", "added": ["sea"], "rejected": ["car"], "removed": []}
//
// `path` is absolute; `path_bytes` contains it in base64 if it is not UTF-8. `tags` are the picture's tags after the decision, except
// existing ones that no manifest can contain, such as those with line breaks. `state` is "accepted" if they are the tags that were initially
// on, else "corrected". `added` tags were switched on or typed by the reviewer. `rejected` are suggestions that were switched off; `removed`
// are existing tags, in all their spellings, and tags added in an earlier file, that were switched off.
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
