// Fills the lookup table and checks each tag.
#include "engine/metrics/truth_table.h"

#include "kernels/base/error.h"

namespace tagloom {

TruthTable::TruthTable(std::span<const TagList> truth, std::span<const TagList> ignored, int64_t tag_count)
    : truth_(truth), tags_(tag_count), state_(truth.size() * static_cast<size_t>(tag_count), 0) {
  TL_CHECK(ignored.empty() || ignored.size() == truth.size(), "[metrics] {} lists of true tags, but {} of ignored ones",
           truth.size(), ignored.size());
  for (int64_t i = 0; i < pictures(); ++i) {
    for (const int32_t tag : list(i)) mark(i, tag, kTrue);
    if (ignored.empty()) continue;
    for (const int32_t tag : ignored[static_cast<size_t>(i)]) mark(i, tag, kIgnored);
  }
}

void TruthTable::mark(int64_t picture, int32_t tag, uint8_t state) {
  TL_CHECK_AS(ErrorKind::kData, tag >= 0 && tag < tags_, "[metrics] picture {} has tag {}, but there are {} tags", picture, tag,
              tags_);
  uint8_t& place = state_[static_cast<size_t>(picture * tags_ + tag)];
  TL_CHECK_AS(ErrorKind::kData, place == 0, "[metrics] picture {} lists tag {} twice: remove one", picture, tag);
  place = state;
}

}  // namespace tagloom
