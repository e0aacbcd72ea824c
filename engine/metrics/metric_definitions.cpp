// The definitions that reports print next to the metrics.
#include "engine/metrics/metrics.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::string selection_words(const MetricOptions& o) {
  const std::string above =
      o.tag_thresholds.empty() ? format("a score above {}", o.threshold) : "a score above the tag's own threshold";
  switch (o.selection) {
    case Selection::kTopK:
      return format("exactly the first {} tags of a picture's ranking", o.top_k);
    case Selection::kThreshold:
      return "the tags with " + above;
    case Selection::kTopKAndThreshold:
      return format("those of the first {} tags of a picture's ranking with {}", o.top_k, above);
  }
  return "";
}

const char* zero_division_words(ZeroDivision rule) {
  switch (rule) {
    case ZeroDivision::kZero:
      return "0/0 counts as 0";
    case ZeroDivision::kOne:
      return "0/0 counts as 1";
    case ZeroDivision::kSkip:
      return "a row with 0/0 is left out of the mean";
  }
  return "";
}

const char* relevance_words(Relevance relevance) {
  switch (relevance) {
    case Relevance::kLinear:
      return "linear: (R - r + 1) / R for the tag at place r of the picture's R";
    case Relevance::kBinary:
      return "binary: 1 for every true tag";
    case Relevance::kReciprocal:
      return "reciprocal: 1 / r for the tag at place r";
    case Relevance::kLogarithmic:
      return "logarithmic: 1 / log2(1 + r) for the tag at place r";
    case Relevance::kInteger:
      return "integer: R - r + 1 for the tag at place r of the picture's R";
    case Relevance::kPercentile:
      return "percentile: the share of the tag's mentions in the training pictures at this place or later";
  }
  return "";
}

std::string ap_words(const MetricOptions& o) {
  const char* kind = o.ap == AveragePrecision::kNonInterpolated
                         ? "not interpolated: mean of the precision at the rank of each true tag"
                     : o.ap == AveragePrecision::kVoc07 ? "VOC 2007: mean of the best precision at recall >= 0, .1 .. 1"
                                                        : "VOC 2010: area under the monotone precision over recall";
  return format("{}; equal scores: {}", kind,
                o.ties == Ties::kIndex ? "the lower index first" : "one group, as at one threshold");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> define_metrics(const MetricReport& report, const MetricOptions& options,
                                                                bool ranked_by_decoder) {
  const std::string labels = options.labels == CountedLabels::kOccurring ? "the tags that occur in these pictures" : "all tags";
  const std::string tagged = ", over the pictures that have true tags";
  const std::vector<std::pair<std::string, std::string>> conventions = {
      {"selection", selection_words(options)},
      {"ranking", ranked_by_decoder ? "the decoder's order" : "by score, ties by tag id"},
      {"zero_division", zero_division_words(options.zero_division)},
      {"labels", "means over tags include " + labels},
      {"pictures",
       options.keep_untagged ? "pictures without true tags count in p, r and f1" : "pictures without true tags are left out"},
      {"ap", ap_words(options)},
      {"relevance", report.find("ndcg@1") != nullptr ? relevance_words(options.relevance)
                                                     : "none: the true tags have no meaningful order, so there is no ndcg"},
  };
  struct Row {
    const char* if_present;  // this metric
    const char* name;
    std::string words;
  };
  const std::vector<Row> rows = {
      {"p_label", "p_label", "of the pictures predicted to have a tag, the share that have it; mean over " + labels},
      {"r_label", "r_label", "of the pictures that have a tag, the share predicted to have it; mean over " + labels},
      {"f1_label", "f1_label", "harmonic mean of p_label and r_label"},
      {"f1_label_mean", "f1_label_mean", "F1 of each tag; mean over " + labels},
      {"p_image", "p_image", "of the tags predicted for a picture, the share that it has; mean over pictures"},
      {"r_image", "r_image", "of a picture's true tags, the share predicted; mean over pictures"},
      {"f1_image", "f1_image", "harmonic mean of p_image and r_image"},
      {"p_micro", "p_micro", "correct tags of all pictures / predicted tags of all pictures"},
      {"r_micro", "r_micro", "correct tags of all pictures / true tags of all pictures"},
      {"f1_micro", "f1_micro", "harmonic mean of p_micro and r_micro"},
      {"n_plus", "n_plus", "number of tags predicted correctly at least once (recall > 0)"},
      {"map_label", "map_label", "average precision of all pictures by a tag's score; mean over the tags that occur"},
      {"map_image", "map_image", "average precision of all tags in the order of a picture's ranking; mean" + tagged},
      {"top1", "top1", "share whose first tag of the ranking is true" + tagged},
      {"top1_first_step", "top1_first_step", "share whose highest-scoring tag after one step of the LSTM is true" + tagged},
      {"ndcg@1", "ndcg@k",
       "DCG@k / DCG@k of the best order of the picture's own tags, DCG@k = sum over ranks p <= k of "
       "(2^relevance - 1) / log2(1 + p); mean" +
           tagged},
      {"ndcg_mean", "ndcg_mean", "mean of ndcg@1 .. ndcg@10"},
      {"precision@1", "precision@k", "true tags among the first k of the ranking, / k; mean" + tagged},
      {"precision_mean", "precision_mean", "mean of precision@1 .. precision@10"},
  };
  std::vector<std::pair<std::string, std::string>> definitions = conventions;
  for (const Row& row : rows) {
    if (report.find(row.if_present) != nullptr) definitions.emplace_back(row.name, row.words);
  }
  return definitions;
}

}  // namespace tagloom
