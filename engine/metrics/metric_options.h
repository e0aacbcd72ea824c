#pragma once
// The conventions behind the metrics. Papers and programs differ in every one of them, and so do their numbers; reports list the
// conventions next to the results (metrics.h).
#include <cstdint>
#include <vector>

#include "engine/settings/setting_table.h"

namespace tagloom {

// Which tags of a picture's ranking count as predicted.
enum class Selection {
  kTopK,              // the first k whatever their scores: exactly k (Gong, Wang 2016, JVSP)
  kThreshold,         // those with a score strictly above the threshold
  kTopKAndThreshold,  // those of the first k above the threshold (ML-GCN's and CSRA's "top 3")
};
template <>
inline constexpr auto kEnumNames<Selection> = names_of<Selection>({{Selection::kTopK, "top_k"},
                                                                   {Selection::kThreshold, "threshold"},
                                                                   {Selection::kTopKAndThreshold, "top_k_and_threshold"}});

// The value of 0/0: the precision of a tag that is never predicted, the recall of a tag that no picture has.
enum class ZeroDivision { kZero, kOne, kSkip };
template <>
inline constexpr auto kEnumNames<ZeroDivision> =
    names_of<ZeroDivision>({{ZeroDivision::kZero, "0"}, {ZeroDivision::kOne, "1"}, {ZeroDivision::kSkip, "skip"}});

// NDCG's relevance of the tag at position r = 1 .. R of a picture's true tags.
enum class Relevance {
  kLinear,       // (R - r + 1) / R
  kBinary,       // 1
  kReciprocal,   // 1 / r
  kLogarithmic,  // 1 / log2(1 + r)
  kInteger,      // R - r + 1
  kPercentile,   // how early r is for this tag: its share of mentions at position r or later (Hwang and
                 // Grauman)
};
template <>
inline constexpr auto kEnumNames<Relevance> = names_of<Relevance>({{Relevance::kLinear, "linear"},
                                                                   {Relevance::kBinary, "binary"},
                                                                   {Relevance::kReciprocal, "reciprocal"},
                                                                   {Relevance::kLogarithmic, "logarithmic"},
                                                                   {Relevance::kInteger, "integer"}});

// Which tags are included in means over tags.
enum class CountedLabels { kOccurring, kAll };
template <>
inline constexpr auto kEnumNames<CountedLabels> = names_of<CountedLabels>({{CountedLabels::kOccurring, "occurring"},
                                                                           {CountedLabels::kAll, "all"}});

enum class AveragePrecision {
  kNonInterpolated,  // mean of the precision at the rank of each true tag
  kVoc07,            // mean of the best precision at recall >= 0, .1 .. 1
  kVoc10,            // area under the precision made monotone in recall
};
template <>
inline constexpr auto kEnumNames<AveragePrecision> = names_of<AveragePrecision>({{AveragePrecision::kNonInterpolated,
                                                                                  "non_interpolated"},
                                                                                 {AveragePrecision::kVoc07, "voc07"},
                                                                                 {AveragePrecision::kVoc10, "voc10"}});

// Equal scores in a ranking: the lower index first, or as one group, as at one threshold (scikit-learn).
enum class Ties { kIndex, kGrouped };
template <>
inline constexpr auto kEnumNames<Ties> = names_of<Ties>({{Ties::kIndex, "index"}, {Ties::kGrouped, "grouped"}});

// Whether the order of a picture's true tags is their order of importance. kDetect: yes, unless every picture has its tags in the
// vocabulary's order, as unordered datasets do. Without an order, NDCG is reported for Relevance::kBinary only.
enum class TruthOrder { kDetect, kOrdered, kUnordered };

struct MetricOptions {
  Selection selection = Selection::kTopK;
  int64_t top_k = 5;
  double threshold = 0.5;
  ZeroDivision zero_division = ZeroDivision::kZero;
  Relevance relevance = Relevance::kLinear;
  CountedLabels labels = CountedLabels::kOccurring;
  AveragePrecision ap = AveragePrecision::kNonInterpolated;
  Ties ties = Ties::kIndex;   // in average precision
  bool keep_untagged = true;  // false: pictures without a true tag are left out of everything
  TruthOrder order = TruthOrder::kDetect;
  std::vector<float> tag_thresholds = {};  // [V], each tag's own threshold, replacing `threshold`; or empty

  void declare(SettingTable& table);  // decode.selection, top_k and threshold, and the section eval
};

}  // namespace tagloom
