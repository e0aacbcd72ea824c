#pragma once
// The conventions by which tags are judged. Papers and programs differ in every one of them, and the numbers
// with them; metrics.h names those that were used beside its results.
#include <cstdint>
#include <vector>

#include "engine/settings/setting_table.h"

namespace tagloom {

// Which tags of a picture's ranking count as given.
enum class Selection {
  kTopK,              // the first k, however unsure: exactly k (Gong, Wang 2016, JVSP)
  kThreshold,         // those with a score above the threshold (strictly)
  kTopKAndThreshold,  // of the first k, those above the threshold (ML-GCN's and CSRA's "top 3")
};
template <>
inline constexpr auto kEnumNames<Selection> = names_of<Selection>({{Selection::kTopK, "top_k"},
                                                                   {Selection::kThreshold, "threshold"},
                                                                   {Selection::kTopKAndThreshold, "top_k_and_threshold"}});

// What 0/0 is: the precision of a tag nobody was given, the recall of a tag no picture carries.
enum class ZeroDivision { kZero, kOne, kSkip };
template <>
inline constexpr auto kEnumNames<ZeroDivision> =
    names_of<ZeroDivision>({{ZeroDivision::kZero, "0"}, {ZeroDivision::kOne, "1"}, {ZeroDivision::kSkip, "skip"}});

// NDCG's relevance of the tag at place r = 1 .. R of a picture's true tags.
enum class Relevance {
  kLinear,       // (R - r + 1) / R
  kBinary,       // 1
  kReciprocal,   // 1 / r
  kLogarithmic,  // 1 / log2(1 + r)
  kInteger,      // R - r + 1
  kPercentile,   // how early this is for the tag: its share of mentions at place r or later (Hwang and
                 // Grauman)
};
template <>
inline constexpr auto kEnumNames<Relevance> = names_of<Relevance>({{Relevance::kLinear, "linear"},
                                                                   {Relevance::kBinary, "binary"},
                                                                   {Relevance::kReciprocal, "reciprocal"},
                                                                   {Relevance::kLogarithmic, "logarithmic"},
                                                                   {Relevance::kInteger, "integer"}});

// The tags that means over tags run over.
enum class CountedLabels { kOccurring, kAll };
template <>
inline constexpr auto kEnumNames<CountedLabels> = names_of<CountedLabels>({{CountedLabels::kOccurring, "occurring"},
                                                                           {CountedLabels::kAll, "all"}});

enum class AveragePrecision {
  kNonInterpolated,  // mean of the precision at the rank of each true one
  kVoc07,            // mean of the best precision at recall >= 0, .1 .. 1
  kVoc10,            // area under the precision made monotone in recall
};
template <>
inline constexpr auto kEnumNames<AveragePrecision> = names_of<AveragePrecision>({{AveragePrecision::kNonInterpolated,
                                                                                  "non_interpolated"},
                                                                                 {AveragePrecision::kVoc07, "voc07"},
                                                                                 {AveragePrecision::kVoc10, "voc10"}});

// Equal scores in a ranking: the lower index first, or all at once, as one threshold would (scikit-learn).
enum class Ties { kIndex, kGrouped };
template <>
inline constexpr auto kEnumNames<Ties> = names_of<Ties>({{Ties::kIndex, "index"}, {Ties::kGrouped, "grouped"}});

// Whether the order of a picture's true tags says which is more important. kDetect: yes, unless every picture
// has its tags in the vocabulary's order, which is how unordered tags are kept. Without order NDCG is given
// for Relevance::kBinary only.
enum class TruthOrder { kDetect, kOrdered, kUnordered };

struct MetricOptions {
  Selection selection = Selection::kTopK;
  int64_t top_k = 5;
  double threshold = 0.5;
  ZeroDivision zero_division = ZeroDivision::kZero;
  Relevance relevance = Relevance::kLinear;
  CountedLabels labels = CountedLabels::kOccurring;
  AveragePrecision ap = AveragePrecision::kNonInterpolated;
  Ties ties = Ties::kIndex;   // of average precision
  bool keep_untagged = true;  // false: pictures without a true tag are left out of everything
  TruthOrder order = TruthOrder::kDetect;
  std::vector<float> tag_thresholds = {};  // [V], of each tag in place of threshold; or empty

  void declare(SettingTable& table);  // decode.selection and what belongs to it, and eval
};

}  // namespace tagloom
