#pragma once
// Assigns a picture's unordered tags to the steps of an LSTM that ran with its own winners fed back. Yazici et al., "Orderless
// Recurrent Models for Multi-label Classification", CVPR 2020. A picture has n tags.
//
//   MLA, minimal loss alignment, Eq. 5-6:   the tags are the targets of steps 1 .. n in the order that minimises
//                                           -sum_t log p_t(tag of t).
//   PLA, predicted label alignment, Eq. 7:  a true tag that won at one of these steps is the target of the first such step; the
//                                           other tags are assigned to the other steps as in MLA.
//
// In both, the target of step n + 1 is END. A tag that wins only after step n is assigned like the tags that never win.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/settings/enum_names.h"

namespace tagloom {

enum class Alignment { kNone, kMla, kPla };
template <>
inline constexpr auto kEnumNames<Alignment> =
    names_of<Alignment>({{Alignment::kNone, "none"}, {Alignment::kMla, "mla"}, {Alignment::kPla, "pla"}});

// p [steps, classes]: the distributions of one picture's steps, END the last class. tags: the true tags, distinct, at most
// `steps`. Returns the targets of steps 1 .. n. If several tags tie for the maximum, the lowest wins.
std::vector<int32_t> align_tags(Alignment alignment, std::span<const float> p, int64_t classes, std::span<const int32_t> tags);

}  // namespace tagloom
