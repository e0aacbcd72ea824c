#pragma once
// Formats the lines that tagpredict prints for a picture. read_manifest() (engine/data/manifest.h) reads all formats except text with
// scores. A tag is printed with its parents, as Animals|Dog.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/predict/tagged_picture.h"

namespace tagloom {

// path<TAB>tag,tag or path<TAB>tag:score,tag:score. A path or tag that contains separators, quotes, control characters or byte order marks
// is quoted, as in CSV. Scores have six digits.
std::string text_line(const TaggedPicture& picture, bool scores);

// The path, a line for each step with the chosen tag and the most probable ones, and the given tags.
std::string explained_text(const TaggedPicture& picture, bool scores);

// The heading; and one row per tag of a picture, or a row with an empty tag and score if it has none.
std::string csv_heading();
std::string csv_lines(const TaggedPicture& picture);

// {"path": ..., "tags": [{"tag": ..., "score": ...}]}; a tag with parents also has "levels", the list of its parents and its name. If the
// picture has steps: "step_scores" and "steps", a list of {"chosen": {"tag": ..., "probability": ...} or null, "competing": [...]}, where
// {"end": true, "probability": ...} is the end of the tags. predict_line.schema.json describes a line.
std::string json_line(const TaggedPicture& picture);

// The value of "tags".
nlohmann::ordered_json tags_json(const std::vector<ScoredTag>& tags);

// The shortest number that reads back as the same float, independent of the locale.
std::string score_text(float score);

}  // namespace tagloom
