#pragma once
// Finds tags of a dataset that are probably wrong or missing, from the scores of a model that was not trained on these pictures:
// confident learning (Northcutt, Jiang, Chuang, JAIR 2021) with one two-class problem per tag.
//
//   t = mean score of the tag over the pictures that have it, u = mean over those that do not           (their Eq. 2)
//   suspect: wrong    the picture has the tag, and its score is at most u
//            missing  the picture does not have it, and its score is at least t
//   margin = |2 score - t - u|
//
// With scores as probabilities of presence and 1 - score as those of absence, the suspects are the off-diagonal entries of the
// confident joint (Eq. 1). The margin is the difference between the two classes' probabilities, each minus its threshold, which makes
// tags with generally low scores comparable with the others. A tag that all or no pictures have, or with t <= u, has no suspects: its
// scores do not separate the two classes.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

struct LabelSuspect {
  int64_t picture = 0;  // 0 .. N-1
  int32_t tag = 0;
  bool missing = false;  // false: wrong
  float score = 0;
  double usual = 0;  // the tag's mean score if the suspicion is right: t for missing, u for wrong
  double margin = 0;
};

struct LabelSuspects {
  std::vector<LabelSuspect> suspects;  // by descending margin; ties: the lower picture, then the lower tag
  int64_t tags_judged = 0;             // tags that can have suspects
};

// scores [N,V] without NaN; truth: N lists.
LabelSuspects label_suspects(std::span<const float> scores, std::span<const TagList> truth, int64_t tag_count);

}  // namespace tagloom
