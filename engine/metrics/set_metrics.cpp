// Counts predicted and true tags, divides, and averages.
#include "engine/metrics/set_metrics.h"

#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::optional<double> divide(int64_t part, int64_t whole, ZeroDivision rule) {
  if (whole != 0) return static_cast<double>(part) / static_cast<double>(whole);
  if (rule == ZeroDivision::kSkip) return std::nullopt;
  return rule == ZeroDivision::kOne ? 1.0 : 0.0;
}

std::optional<double> harmonic_mean(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  return *a + *b > 0 ? 2 * *a * *b / (*a + *b) : 0.0;
}

// A mean that leaves out empty values.
class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  std::optional<double> value() const {
    return count_ == 0 ? std::nullopt : std::optional<double>(sum_ / static_cast<double>(count_));
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace

std::optional<double> precision_of(const SetCounts& c, ZeroDivision rule) { return divide(c.correct, c.given, rule); }
std::optional<double> recall_of(const SetCounts& c, ZeroDivision rule) { return divide(c.correct, c.truth, rule); }
std::optional<double> f1_of(const SetCounts& c, ZeroDivision rule) { return divide(2 * c.correct, c.given + c.truth, rule); }

SetMetrics mean_over_rows(std::span<const SetCounts> rows, ZeroDivision rule) {
  SetMetrics result;
  Mean precision, recall, f1;
  for (const SetCounts& row : rows) {
    precision.add(precision_of(row, rule));
    recall.add(recall_of(row, rule));
    f1.add(f1_of(row, rule));
    result.precision_undefined += row.given == 0;
    result.recall_undefined += row.truth == 0;
    result.f1_undefined += row.given + row.truth == 0;
  }
  result.precision = precision.value();
  result.recall = recall.value();
  result.f1 = harmonic_mean(result.precision, result.recall);
  result.f1_mean = f1.value();
  return result;
}

SetMetrics overall(std::span<const SetCounts> rows, ZeroDivision rule) {
  SetCounts sum;
  for (const SetCounts& row : rows) {
    sum.correct += row.correct;
    sum.given += row.given;
    sum.truth += row.truth;
  }
  return mean_over_rows({&sum, 1}, rule);
}

SetCountTables count_sets(const TruthTable& truth, std::span<const TagList> given) {
  TL_CHECK(static_cast<int64_t>(given.size()) == truth.pictures(), "[count_sets] {} pictures, but {} lists of predicted tags",
           truth.pictures(), given.size());
  SetCountTables counts;
  counts.of_tags.resize(static_cast<size_t>(truth.tags()));
  counts.of_pictures.resize(given.size());
  for (int64_t i = 0; i < truth.pictures(); ++i) {
    SetCounts& picture = counts.of_pictures[static_cast<size_t>(i)];
    for (const int32_t tag : truth.list(i)) {
      ++picture.truth;
      ++counts.of_tags[static_cast<size_t>(tag)].truth;
    }
    for (const int32_t tag : given[static_cast<size_t>(i)]) {
      if (truth.is_ignored(i, tag)) continue;
      const int64_t correct = truth.is_true(i, tag) ? 1 : 0;
      for (SetCounts* row : {&picture, &counts.of_tags[static_cast<size_t>(tag)]}) {
        ++row->given;
        row->correct += correct;
      }
    }
  }
  return counts;
}

}  // namespace tagloom
