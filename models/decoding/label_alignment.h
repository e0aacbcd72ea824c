#pragma once
// Which tag each step of an LSTM is asked for, where the model chose its own way and the tags have no order. Yazici et al., "Orderless
// Recurrent Models for Multi-label Classification", CVPR 2020. A picture has n tags; the LSTM ran with its own winners fed back.
//
//   MLA, minimal loss alignment, Eq. 5-6:  the tags are given to steps 1 .. n so that -sum_t log p_t(tag of t) is least.
//   PLA, predicted label alignment, Eq. 7:  a true tag that won at one of these steps is asked for there, at the first such step; the
//                                           other tags are given to the other steps as in MLA.
//
// Either way step n + 1 is asked for END. A tag that wins only after step n cannot be asked for there and is aligned with the others.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/settings/enum_names.h"

namespace tagloom {

enum class Alignment { kNone, kMla, kPla };
template <>
inline constexpr auto kEnumNames<Alignment> =
    names_of<Alignment>({{Alignment::kNone, "none"}, {Alignment::kMla, "mla"}, {Alignment::kPla, "pla"}});

// p [steps, classes]: the distribution of each step of one picture, END the last class. tags: the true ones, each once, at most `steps`.
// Gives what steps 1 .. n are asked for, in their order. Ties of winners: the lower tag.
std::vector<int32_t> align_tags(Alignment alignment, std::span<const float> p, int64_t classes, std::span<const int32_t> tags);

}  // namespace tagloom
