// The index of a pack, next to its one shard: every picture that is found is in the shard.
#include "engine/data/packs/pack_index.h"

#include "tests/fuzz/import_check.h"
#include "tests/fuzz/seeds.h"

namespace tagloom::fuzz {

void pack_index(Input input) {
  const std::string shard = small_shard();
  const Manifest manifest = read_pack_index(folder_with({{kPackIndex, std::string(text_of(input))}, {kSmallShard, shard}}));
  require(manifest.pack->size() == manifest.rows.size(), "a picture has no row");
  for (size_t row = 0; row < manifest.rows.size(); ++row) {
    const PictureContent picture = content_of(manifest, row);
    require(picture.bytes.size() <= shard.size(), "a picture is larger than its shard", picture.name);
    require(!manifest.rows[row].path.empty(), "a row has no path");
    for (const int32_t tag : manifest.rows[row].tags)
      require(tag >= 0 && static_cast<size_t>(tag) < manifest.tag_names.size(), "a tag is unknown");
  }
}

}  // namespace tagloom::fuzz
