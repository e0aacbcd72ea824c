#pragma once
// Groups pictures that are copies of each other: the same file, the same pixels, or nearly the same picture.
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/run/progress.h"
#include "tools/inspect/picture_look.h"

namespace tagloom {

// What is compared of each picture.
struct PicturePrint {
  bool readable = false;  // pictures that are not readable are in no group
  uint64_t file = 0;      // the hash of its bytes
  uint64_t pixels = 0;    // the hash of its size and pixels
  PictureLook look;
};

enum class CopyKind { kFile, kPixels, kNear };

struct PictureCopy {
  int64_t picture = 0;
  CopyKind kind = CopyKind::kFile;  // the closest copy among the earlier pictures of its group; the first has none
  double likeness = 1;              // with it: of kNear, Likeness::coarse
  bool mirrored = false;
};

struct DuplicateOptions {
  bool near = true;     // also find near copies
  int64_t threads = 0;  // 0: one per core
};

// Returns the greys of a picture that was readable. It may throw Error: the picture is then no near copy of any.
using ReadGreys = std::function<PictureGreys(int64_t picture)>;

// Groups of two or more, by ascending number of their first picture; in a group too, pictures are in ascending order. A copy of a copy is in
// the same group. Takes about N log N for N different pictures: hashes propose pairs, and likeness() confirms them. Each picture is
// compared with the 64 nearest. Throws Interrupted if a signal arrives.
std::vector<std::vector<PictureCopy>> duplicate_groups(const std::vector<PicturePrint>& pictures, const ReadGreys& greys,
                                                       const DuplicateOptions& options, Progress& progress);

}  // namespace tagloom
