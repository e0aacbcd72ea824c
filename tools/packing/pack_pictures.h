#pragma once
// Packs the pictures of a manifest at training size into tar shards.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/data/packs/pack.h"

namespace tagloom {

struct PackOptions {
  std::string out;   // a folder: new, empty, or left by an interrupted call with the same options
  std::string name;  // of the shards: NAME-000000.tar
  PackedSize packed;
  bool png = false;
  int quality = 95;               // of JPEGs
  int64_t shard_bytes = 1 << 28;  // a shard ends before the picture that would make it larger; at least one picture
  int64_t threads = 0;            // 0: one per core
  std::function<void(int64_t more)> progress = [](int64_t) {};  // pictures done
  std::function<bool()> stop = [] { return false; };
};

struct PackSummary {
  bool complete = false;
  int64_t pictures = 0, shards = 0;     // in the pack
  int64_t resumed = 0;                  // rows that an interrupted call had done
  int64_t copied = 0;                   // by this call, without encoding them again
  int64_t bytes = 0;                    // of all shards
  std::vector<std::string> unreadable;  // "train.tsv:12: photos/a.jpg: …", by this call
};

// Pictures keep the manifest's order. Those that are JPEG, PNG or WebP and no larger than the packed size are copied; the others are decoded,
// resized and encoded. Shards appear one after the other, and the index at the end; until then the folder contains "pack.unfinished", and is
// not a pack. The same manifest and options give the same bytes for any number of threads and interruptions. Throws Error(kUsage) if the
// folder has other contents, and Error(kData) if it cannot be written or no picture can be read.
PackSummary pack_pictures(const Manifest& manifest, const PackOptions& options);

}  // namespace tagloom
