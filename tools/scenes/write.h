#pragma once
// Writes the built-in dataset to a folder: pictures, manifests, vocabulary.
//
//   OUT/images/000000.jpg ...   the pictures, by index
//   OUT/train.tsv val.tsv test.tsv   one row per picture: path<TAB>tag,tag with the tags in order of importance
//   OUT/words.txt               the tags; a line's number is the tag's
//   OUT/dataset.json            version, seed, size, counts, hashes of the text files
//
// Writes all files to OUT/.partial and moves them into place when they are complete, train.tsv last (dataset_folder.h). An error or a
// stop before that leaves OUT unchanged.
#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "tools/scenes/tags.h"

namespace tagloom {

enum class SceneSplit { kTrain, kVal, kTest };

struct ScenesOptions {
  std::string out;  // the folder; created if it does not exist
  int64_t images = 3000;
  int side = 64;  // pixels, 16 to 1024
  uint64_t seed = 1;
  bool png = false;                       // PNG instead of JPEG
  int quality = 92;                       // JPEG quality, 1 to 100
  int threads = 0;                        // 0: one per core; the pictures do not depend on it
  bool force = false;                     // replace an existing dataset of tagdata scenes
  std::function<void(int64_t)> progress;  // gets the number of newly finished pictures; called on the caller's thread
  std::function<bool()> stop;             // returns true to stop; called on the caller's thread
};

struct ScenesSummary {
  bool complete = false;  // false if stop() returned true: OUT is unchanged
  int64_t train = 0, val = 0, test = 0;
  std::array<int64_t, kSceneTags> counts{};  // pictures with each tag
};

// Of every 100 consecutive pictures 80 are train, 10 val and 10 test, interleaved. Depends only on the index.
SceneSplit scene_split(int64_t index);

// Throws Error(kUsage) if an option is out of range or OUT is not empty (with `force`, a dataset of tagdata scenes is allowed), and
// Error(kData) if a file cannot be written.
ScenesSummary write_scenes(const ScenesOptions& options);

}  // namespace tagloom
