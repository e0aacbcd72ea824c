#pragma once
// Writes an evaluation as report.html, JSON and tables.
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>

#include "engine/data/dataset.h"
#include "engine/metrics/metrics.h"
#include "engine/run/run_log.h"
#include "engine/train/evaluation.h"
#include "models/settings/settings.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

struct RunReport {
  std::string path;  // of report.html
  const Settings* settings = nullptr;
  const Dataset* data = nullptr;
  std::string split;  // "validation", "test"
  const EvaluationOutput* evaluated = nullptr;
  const MetricReport* metrics = nullptr;
  SelectionRule rule = {};     // the predicted tags
  CnnTagger* model = nullptr;  // the evaluated model, on `device`; the report shows its steps, if it has any
  Device device = {};
  std::vector<int64_t> training_counts = {};  // of each tag; empty if unknown
  std::vector<RunRecord> log = {};
  std::vector<std::pair<std::string, std::string>> facts = {};
  std::string config = {};
};

void write_run_report(const RunReport& report);

// {"run", "data", "pictures", "untagged", "left_out", "selection", "metrics", "counts", "definitions"} and, unless it is null,
// "suspects"
std::string metrics_json(const std::string& run, const std::string& data, int64_t pictures, Untagged untagged,
                         const DatasetReport& report, const MetricOptions& options, const MetricReport& metrics,
                         const nlohmann::ordered_json& suspects);

// Prints the main metrics as a small table.
void print_metrics(std::ostream& out, const MetricReport& metrics);

// tag, pictures, given, correct, precision, recall, f1, ap: one tab-separated line per tag, after a header.
std::string per_tag_table(const MetricReport& metrics, const Vocabulary& vocabulary);

}  // namespace tagloom
