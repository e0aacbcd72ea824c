#pragma once
// Precision, recall and F1 of sets of tags: per row (a tag or a picture), as means over rows, and overall.
//   P = tp / given,  R = tp / true,  F1 = 2 tp / (given + true)
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/metrics/metric_options.h"
#include "engine/metrics/truth_table.h"

namespace tagloom {

struct SetCounts {
  int64_t correct = 0;  // tp
  int64_t given = 0;    // tp + fp
  int64_t truth = 0;    // tp + fn
};

// For one row. Empty for 0/0 with ZeroDivision::kSkip.
std::optional<double> precision_of(const SetCounts& counts, ZeroDivision rule);
std::optional<double> recall_of(const SetCounts& counts, ZeroDivision rule);
std::optional<double> f1_of(const SetCounts& counts, ZeroDivision rule);

struct SetMetrics {
  std::optional<double> precision, recall;  // means over rows; empty if no row is left
  std::optional<double> f1;                 // harmonic mean of the two means (Multi-order RNN, CSRA, ML-GCN)
  std::optional<double> f1_mean;            // mean of the rows' F1 (SRN, ASL, scikit-learn's macro)
  int64_t precision_undefined = 0, recall_undefined = 0, f1_undefined = 0;  // rows that were 0/0
};

SetMetrics mean_over_rows(std::span<const SetCounts> rows, ZeroDivision rule);
SetMetrics overall(std::span<const SetCounts> rows, ZeroDivision rule);  // micro averages: sums counts first

struct SetCountTables {
  std::vector<SetCounts> of_tags;      // [V]
  std::vector<SetCounts> of_pictures;  // [N]
};

// given: the predicted tags, one list per picture, without repeats. Ignored tags are not counted.
SetCountTables count_sets(const TruthTable& truth, std::span<const TagList> given);

}  // namespace tagloom
