#pragma once
// Hashes the files of a manifest's pictures.
#include <cstdint>
#include <vector>

#include "engine/data/manifest.h"
#include "engine/run/progress.h"

namespace tagloom {

// The hash of each row's file. Throws Error(kData) naming the first row whose file cannot be read, and how many others.
std::vector<uint64_t> hash_pictures(const Manifest& manifest, int64_t threads, Progress& progress);

}  // namespace tagloom
