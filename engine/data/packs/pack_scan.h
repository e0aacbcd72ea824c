#pragma once
// Finds the pictures of tar shards and their tags, as WebDataset does: files that follow each other and have the same name up to its first
// dot are one sample.
//
// A sample has one picture and at most one description, the first of these that it has:
//   KEY.json   {"path": "photos/a.jpg", "tags": ["sky", {"tag": "sea"}]}, as in a JSONL manifest; without a path, it is the picture's name
//   KEY.txt    sky,sea
//   KEY.cls    one tag, usually a number
// Other files of a sample are ignored, and samples without a picture if they have no description either.
#include "engine/data/formats/manifest_formats.h"
#include "engine/data/packs/pack.h"

namespace tagloom {

// Adds the pictures of the pack's last shard to the pack and to the manifest.
void scan_shard(Pack& pack, ManifestBuilder& builder);

}  // namespace tagloom
