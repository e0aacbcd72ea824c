// A tar shard of a pack: every picture that is found is a part of it.
#include "engine/data/packs/pack_scan.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {

void pack_shard(Input input) {
  Manifest manifest;
  ManifestBuilder builder(manifest);
  Pack pack;
  pack.add_shard(path_of(input));
  scan_shard(pack, builder);
  require(pack.size() == manifest.rows.size(), "a picture has no row");
  size_t bytes = 0;
  for (size_t i = 0; i < pack.size(); ++i) {
    const std::span<const uint8_t> picture = pack.picture(i);
    require(!picture.empty() && picture.size() < input.size(), "a picture is larger than its shard");
    for (const uint8_t byte : picture) bytes += byte > 0;
    require(manifest.rows[i].line == static_cast<int64_t>(i) + 1 && !manifest.rows[i].path.empty(), "a row is not its picture's");
  }
  require(bytes <= input.size(), "pictures overlap");
}

}  // namespace tagloom::fuzz
