#pragma once
// The built-in dataset as a folder: pictures, manifests, vocabulary.
//
//   OUT/images/000000.jpg ...   the pictures, by index
//   OUT/train.tsv val.tsv test.tsv   one row a picture: path<TAB>tag,tag with the tags in order of importance
//   OUT/words.txt               the tags; a line's number is the tag's
//   OUT/dataset.json            version, seed, size, counts
//
// Everything is made in OUT/.partial and moved into place when it is complete, train.tsv last: an error or a stop leaves
// OUT as it was.
#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "tools/scenes/tags.h"

namespace tagloom {

enum class SceneSplit { kTrain, kVal, kTest };

struct ScenesOptions {
  std::string out;  // the folder; made when it is missing
  int64_t images = 3000;
  int side = 64;  // pixels, 16 to 1024
  uint64_t seed = 1;
  bool png = false;                       // else JPEG
  int quality = 92;                       // of JPEG, 1 to 100
  int threads = 0;                        // 0: one a core; the pictures do not depend on it
  bool force = false;                     // replace a dataset of ours that is there already
  std::function<void(int64_t)> progress;  // how many more are done; called on the caller's thread
  std::function<bool()> stop;             // asked on the caller's thread; true gives up
};

struct ScenesSummary {
  bool complete = false;  // false where stop() said so: OUT is as it was
  int64_t train = 0, val = 0, test = 0;
  std::array<int64_t, kSceneTags> counts{};  // pictures with each tag
};

// 80 of 100 consecutive pictures train, 10 val, 10 test, mixed; a picture's split depends on its index alone.
SceneSplit scene_split(int64_t index);

// Throws Error(kUsage) for options out of range and for an OUT that holds something (unless `force`, and what it holds is a
// dataset of ours), Error(kData) where files cannot be written.
ScenesSummary write_scenes(const ScenesOptions& options);

}  // namespace tagloom
