#pragma once
// The index of a pack: a safetensors file, "index.safetensors", that lists where each picture is in the shards next to it, with its path and
// tags, so that opening ten million pictures reads no shard.
//
//   blocks, sizes             U32 [pictures]  Pack::Place of each picture
//   path_lengths, tag_counts  U32 [pictures]
//   paths                     U8 [...]        all paths, one after the other
//   tags                      I32 [...]       all tags, numbers of lines of tag_names
//   tag_names                 U8 [...]        one per line
//
// The metadata: "tagloom.pack" is "1", the version; "tagloom.shards" a JSON array of {"file": "train-000000.tar", "bytes": 268435456,
// "pictures": 9000, "hash": "0123456789abcdef"}. The checksum of safetensors.h covers it all.
#include "engine/data/packs/pack.h"

namespace tagloom {

// Throws Error(kData) for an index that is damaged, inconsistent, or of another version, and for shards that are missing or of another size.
Manifest read_pack_index(const std::filesystem::path& folder);

// Scans the folder's shards, hashes them, and writes the index. Returns what it has written.
Manifest write_pack_index(const std::filesystem::path& folder);

// Reads all shards and compares them with the hashes in the index. Returns a sentence about each that differs.
std::vector<std::string> damaged_shards(const Pack& pack);

}  // namespace tagloom
