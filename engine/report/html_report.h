#pragma once
// Writes report.html for a run or an evaluation: one self-contained page (no other file, no network) with key numbers, curves,
// pictures with their true and predicted tags, the steps of an LSTM, the per-tag table, pairs of tags, every metric with its
// definition, and facts about the run. It follows the reader's light or dark preference and prints well. All external text (tags, file names, settings) is
// escaped.
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tagloom {

inline constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();  // shown as a dash

struct ReportCurve {
  std::string name;                               // "training"
  std::vector<std::pair<double, double>> points;  // x ascending; non-finite points leave a gap
  std::vector<double> thresholds = {};            // one per point, for the tooltip; may be empty
  std::string value = {};                         // shown in the legend; if empty, the last y
};

struct ReportMark {
  std::string name;
  double x = kNotKnown, y = kNotKnown;
};

struct ReportChart {
  std::string title;   // "Loss"
  std::string x_name;  // "epoch"
  std::vector<ReportCurve> curves;
  double best_x = kNotKnown;  // marked, e.g. the epoch of best.safetensors
  bool fractions = false;     // both axes run from 0 to 1
  bool small = false;         // for a grid of charts: few ticks, no legend, and the value of the only curve in the title
  std::vector<ReportMark> marks = {};
};

struct ReportMetric {
  std::string key;   // "f1_label"
  std::string name;  // "F1 per tag"
  double value = kNotKnown;
  std::string definition;  // one sentence
  bool headline = false;   // also among the key numbers at the top
};

struct ReportTag {
  std::string name;
  int64_t training_pictures = -1;  // -1: not known
  int64_t pictures = 0;            // evaluated pictures with the tag
  int64_t predicted = 0;           // pictures for which it was predicted
  int64_t correct = 0;             // pictures in both groups
  double precision = kNotKnown, recall = kNotKnown, f1 = kNotKnown, average_precision = kNotKnown;
  std::vector<std::pair<double, double>> curve = {};  // recall and precision, thinned
};

struct ReportPrediction {
  std::string tag;
  double score = kNotKnown;
  bool correct = false;
};

struct ReportSample {
  std::string name;                         // the picture's file name
  std::vector<uint8_t> jpeg;                // a thumbnail
  std::vector<std::string> true_tags;       // in their order
  std::vector<ReportPrediction> predicted;  // in their order
  std::string badge = {};                   // "F1 0.40"
};

// A heading with pictures.
struct ReportGallery {
  std::string title;  // "Worst"
  std::string about;  // one sentence
  std::vector<ReportSample> samples;
};

// A tag that competes at a step of an LSTM.
struct ReportStepTag {
  std::string tag;
  double probability = kNotKnown;
  bool chosen = false, correct = false, taken_before = false, is_end = false;
};

struct ReportPath {
  ReportSample picture;
  std::vector<std::vector<ReportStepTag>> steps;
};

// Counts of pairs, as a table whose cells are coloured by their share of the row's total.
struct ReportHeatMap {
  std::string title, about;
  std::vector<std::string> rows, columns;
  std::vector<int64_t> counts;  // [rows,columns]
  std::vector<int64_t> totals;  // [rows]
  std::string sentence;         // a cell's tooltip, where {row} {column} {count} {total} {share} are replaced
};

struct ReportFacts {
  std::string title;                                       // "Model"
  std::vector<std::pair<std::string, std::string>> facts;  // {"parameters", "25,557,032"}
};

struct ReportData {
  std::string title;     // "corel5k_multi_order"
  std::string subtitle;  // "multi_order, resnet50: 499 test pictures, exactly 5 tags each"
  std::string made;      // "tagtrain 0.1.0, 2024-05-01 12:30"
  std::vector<ReportMetric> metrics;
  std::vector<std::string> notes;  // what a reader needs to interpret the numbers, such as what was left out
  std::vector<ReportChart> charts;
  std::vector<ReportChart> precision_recall;
  std::string precision_recall_about;  // a paragraph
  std::vector<ReportSample> samples;
  std::vector<ReportGallery> galleries;
  std::vector<ReportPath> paths;
  std::string paths_about;
  std::vector<ReportHeatMap> heat_maps;
  std::vector<ReportTag> tags;
  std::vector<ReportFacts> facts;
  std::string settings;  // the resolved config.toml
};

std::string html_report(const ReportData& data);  // the page, without empty sections

}  // namespace tagloom
