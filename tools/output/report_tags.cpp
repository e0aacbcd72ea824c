// Computes curves from the scores, and counts pairs of true and predicted tags.
#include "tools/output/report_tags.h"

#include <algorithm>
#include <numeric>

#include "engine/metrics/precision_recall.h"
#include "engine/metrics/tag_pairs.h"
#include "kernels/base/format.h"

namespace tagloom {
namespace {

constexpr int64_t kSmallCharts = 6, kHeatTags = 30;
constexpr size_t kMostCurves = 2000;              // thumbnails in the table of tags
constexpr double kWhole = 0.001, kSmall = 0.003;  // tolerances for dropping points of a curve: about half a pixel

std::vector<uint8_t> truth_flags(const EvaluationOutput& output, int64_t tags) {
  std::vector<uint8_t> flags(output.predictions.scores.size(), 0);
  for (size_t i = 0; i < output.truth.size(); ++i) {
    for (const int32_t tag : output.truth[i]) flags[static_cast<int64_t>(i) * tags + tag] = 1;
  }
  return flags;
}

std::vector<PrecisionRecall> curve_of_tag(const std::vector<float>& scores, const std::vector<uint8_t>& flags, int64_t tag,
                                          int64_t tags) {
  std::vector<float> column;
  std::vector<uint8_t> is_true;
  for (size_t cell = tag; cell < scores.size(); cell += tags) {
    column.push_back(scores[cell]);
    is_true.push_back(flags[cell]);
  }
  return precision_recall_curve(column, is_true);
}

double area_of(const std::vector<PrecisionRecall>& curve) {
  double area = 0, recall = 0;
  for (const PrecisionRecall& point : curve) {
    area += (point.recall - recall) * point.precision;
    recall = point.recall;
  }
  return area;
}

ReportChart chart_of(const std::string& title, const std::vector<PrecisionRecall>& curve, double average_precision, bool small) {
  ReportCurve drawn{.name = "precision", .value = format("AP {:.3f}", average_precision)};
  for (const PrecisionRecall& point : thinned(curve, small ? kSmall : kWhole)) {
    drawn.points.emplace_back(point.recall, point.precision);
    drawn.thresholds.push_back(point.threshold);
  }
  return {.title = title, .x_name = "recall", .curves = {std::move(drawn)}, .fractions = true, .small = small};
}

}  // namespace

void add_precision_recall(const RunReport& report, ReportData& page) {
  const EvaluationOutput& output = *report.evaluated;
  const Vocabulary& vocabulary = report.data->vocabulary();
  const std::vector<float>& scores = output.predictions.scores;
  const std::vector<uint8_t> flags = truth_flags(output, vocabulary.size());
  const std::vector<PrecisionRecall> whole = precision_recall_curve(scores, flags);
  if (whole.empty()) return;
  page.precision_recall.push_back(chart_of("Precision against recall, all tags together", whole, area_of(whole), false));
  const double *const precision = report.metrics->find("p_micro"), *const recall = report.metrics->find("r_micro");
  if (precision && recall) {
    page.precision_recall.back().marks.push_back(
        {format("the predicted tags: precision {:.3f}, recall {:.3f}", *precision, *recall), *recall, *precision});
  }
  std::vector<int64_t> order(page.tags.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return page.tags[a].pictures > page.tags[b].pictures; });
  order.resize(std::min(order.size(), kMostCurves));
  for (size_t place = 0; place < order.size(); ++place) {
    ReportTag& tag = page.tags[order[place]];
    const std::vector<PrecisionRecall> curve = curve_of_tag(scores, flags, order[place], vocabulary.size());
    if (curve.empty()) break;
    if (place < kSmallCharts) page.precision_recall.push_back(chart_of(tag.name, curve, area_of(curve), true));
    for (const PrecisionRecall& point : thinned(curve, kSmall)) tag.curve.emplace_back(point.recall, point.precision);
  }
  page.precision_recall_about = format(
      "Every threshold on the scores of {} pictures: precision is the share of the tags above it that are true, recall the "
      "share of the true tags that are above it. AP is the area: the sum of each step of recall times its precision. The small "
      "charts show the most frequent tags; the table of tags shows all.",
      output.truth.size());
}

std::vector<ReportHeatMap> tag_pairs_of(const RunReport& report) {
  const EvaluationOutput& output = *report.evaluated;
  const Vocabulary& vocabulary = report.data->vocabulary();
  std::vector<TagList> given;
  for (size_t i = 0; i < output.truth.size(); ++i)
    given.push_back(given_tags(output.predictions, static_cast<int64_t>(i), report.rule));
  const auto names = [&](const std::vector<int32_t>& tags) {
    std::vector<std::string> names;
    for (const int32_t tag : tags) names.push_back(vocabulary.name(tag));
    return names;
  };
  std::vector<ReportHeatMap> maps;
  const TagPairs together = co_occurrence(output.truth, vocabulary.size(), kHeatTags);
  maps.push_back({"True tags that occur together",
                  format("The percentage of the pictures with a row's tag that also have a column's. True tags of {} pictures; "
                         "the {} most frequent tags.",
                         output.truth.size(), together.rows.size()),
                  names(together.rows), names(together.columns), together.counts, together.pictures,
                  "Of {total} pictures with {row}, {count} ({share}) also have {column}."});
  const TagPairs confused = confusion(output.truth, given, vocabulary.size(), kHeatTags);
  if (confused.rows.empty()) return maps;
  ReportHeatMap map{
      "Tags predicted where another one is missed",
      "Rows are true tags that were not predicted, columns tags that were predicted in the same picture and are not "
      "true; the percentage is of the pictures where the row's tag is missed. Each missed tag of a picture counts "
      "against each of its wrong ones, or against (nothing) if none is wrong: categories 1 and 3 of the multi-label "
      "confusion matrix of Heydarian, Doyle and Samavi (IEEE Access 10, 2022). Only the tags most often missed and most often "
      "wrong are shown.",
      names(confused.rows),
      names(confused.columns),
      {},
      confused.pictures,
      "{row} is missed in {total} pictures; in {count} of them ({share}), {column} is predicted wrongly."};
  map.columns.push_back("(nothing)");
  for (size_t r = 0; r < confused.rows.size(); ++r) {
    for (size_t c = 0; c < confused.columns.size(); ++c) map.counts.push_back(confused.count(r, c));
    map.counts.push_back(confused.none[r]);
  }
  maps.push_back(std::move(map));
  return maps;
}

}  // namespace tagloom
