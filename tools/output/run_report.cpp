// Collects metrics, charts, sample pictures and per-tag tables for the report, JSON and the terminal.
#include "tools/output/run_report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/io/atomic_file.h"
#include "engine/report/html_report.h"
#include "kernels/text/utf8.h"
#include "models/settings/settings.h"
#include "tools/command_line/version.h"
#include "tools/output/json_path.h"
#include "tools/output/report_pictures.h"
#include "tools/output/report_tags.h"

namespace tagloom {
namespace {

double or_unknown(const std::optional<double>& value) { return value.value_or(kNotKnown); }

// The names of the key numbers; other metrics are named by their keys.
std::string name_of_metric(const std::string& key) {
  static const std::map<std::string, std::string> kNames{
      {"f1_label", "F1 per tag"},     {"n_plus", "tags found"},         {"f1_micro", "F1 overall"},
      {"map_label", "mAP over tags"}, {"ndcg_mean", "NDCG, mean 1–10"}, {"precision_mean", "precision, mean 1–10"}};
  const auto found = kNames.find(key);
  return found == kNames.end() ? key : found->second;
}

std::vector<ReportChart> charts_of(const RunReport& report) {
  ReportChart loss{.title = "Loss", .x_name = "epoch", .curves = {{"training", {}}, {"validation", {}}}};
  const std::string best_by = report.settings->train.best_by;
  ReportChart metric{.title = best_by, .x_name = "epoch", .curves = {{"validation", {}}}};
  for (const RunRecord& record : report.log) {
    const double epoch = static_cast<double>(record.epoch);
    loss.curves[record.split == "train" ? 0 : 1].points.emplace_back(epoch, record.value("loss"));
    if (record.split != "train") metric.curves[0].points.emplace_back(epoch, record.value(best_by));
  }
  if (report.log.empty()) return {};
  if (best_by == "loss") return {loss};
  return {loss, metric};
}

}  // namespace

void write_run_report(const RunReport& report) {
  const std::vector<std::string> headline{"f1_label", "n_plus", "f1_micro", "map_label", "ndcg_mean", "precision_mean"};
  ReportData page;
  page.title = with_replacements(std::filesystem::path(report.path).parent_path().filename().string());
  page.subtitle = format("{} on {}: {} {} pictures", report.settings->model.kind, report.settings->backbone.name,
                         report.evaluated->index.size(), report.split);
  page.made = "Tagloom " + version();
  for (const auto& [key, value] : report.metrics->values) {
    page.metrics.push_back({.key = key,
                            .name = name_of_metric(key),
                            .value = value,
                            .definition = report.metrics->definition(key),
                            .headline = std::find(headline.begin(), headline.end(), key) != headline.end()});
  }
  page.charts = charts_of(report);
  page.samples = samples_of(report);
  page.galleries = best_and_worst(report);
  page.paths = paths_of(report);
  page.paths_about = paths_about(report);
  page.heat_maps = tag_pairs_of(report);
  for (const TagMetrics& tag : report.metrics->tags) {
    page.tags.push_back({.name = report.data->vocabulary().name(tag.tag),
                         .training_pictures = report.training_counts.empty() ? -1 : report.training_counts[tag.tag],
                         .pictures = tag.positives,
                         .predicted = tag.given,
                         .correct = tag.correct,
                         .precision = or_unknown(tag.precision),
                         .recall = or_unknown(tag.recall),
                         .f1 = or_unknown(tag.f1),
                         .average_precision = or_unknown(tag.ap)});
  }
  add_precision_recall(report, page);
  std::vector<std::pair<std::string, std::string>> facts = report.facts;
  for (auto& [name, value] : facts) value = with_replacements(value);
  if (!facts.empty()) page.facts.push_back({"Run", facts});
  page.settings = report.config;
  write_file_atomically(report.path, html_report(page));
}

std::string metrics_json(const std::string& run, const std::string& data, int64_t pictures, Untagged untagged,
                         const DatasetReport& report, const MetricOptions& options, const MetricReport& metrics,
                         const nlohmann::ordered_json& suspects) {
  nlohmann::ordered_json selection;
  if (options.selection != Selection::kThreshold) selection["top_k"] = options.top_k;
  if (options.selection != Selection::kTopK) {
    if (options.tag_thresholds.empty()) {
      selection["threshold"] = options.threshold;
    } else {
      selection["threshold"] = "per_label";
    }
  }
  nlohmann::ordered_json values, definitions, counts, without;
  for (const LeftOut& one : left_out(report)) without[one.reason] = one.count;
  for (const auto& [key, value] : metrics.values) {
    if (key == "n_plus") {
      values[key] = static_cast<int64_t>(value);
    } else {
      values[key] = value;
    }
  }
  for (const auto& [key, text] : metrics.definitions) definitions[key] = text;
  for (const auto& [key, count] : metrics.counts) counts[key] = count;
  nlohmann::ordered_json object;
  add_path(object, "run", run);
  add_path(object, "data", data);
  object.update({{"pictures", pictures},
                 {"untagged", name_of(untagged)},
                 {"left_out", without},
                 {"selection", selection},
                 {"metrics", values},
                 {"counts", counts},
                 {"definitions", definitions}});
  if (!suspects.is_null()) object["suspects"] = suspects;
  return object.dump(2);
}

void print_metrics(std::ostream& out, const MetricReport& metrics) {
  const auto cell = [&](const std::string& key) {
    const double* value = metrics.find(key);
    if (!value) return std::string("-");
    return format(key == "n_plus" ? "{}" : "{:.4f}", *value);
  };
  const auto row = [&](const std::string& name, const std::vector<std::string>& cells) {
    out << format("  {:<10}", name);
    for (const std::string& text : cells) out << format("{:>11}", text);
    out << "\n";
  };
  row("", {"precision", "recall", "F1", "mAP", "N+"});
  row("per label", {cell("p_label"), cell("r_label"), cell("f1_label"), cell("map_label"), cell("n_plus")});
  row("per image", {cell("p_image"), cell("r_image"), cell("f1_image"), cell("map_image"), ""});
  row("micro", {cell("p_micro"), cell("r_micro"), cell("f1_micro"), "", ""});
  row("", {"@1", "@3", "@5", "@10", "mean 1-10"});
  if (metrics.find("ndcg_mean"))
    row("NDCG", {cell("ndcg@1"), cell("ndcg@3"), cell("ndcg@5"), cell("ndcg@10"), cell("ndcg_mean")});
  row("precision", {cell("precision@1"), cell("precision@3"), cell("precision@5"), cell("precision@10"), cell("precision_mean")});
  row("top-1", {cell("top1"), "one step", cell("top1_first_step")});
  for (const auto& [key, text] : metrics.definitions) {
    if (metrics.find(key) || key.find('@') != std::string::npos) break;  // the conventions come first
    out << "  " << key << ": " << text << "\n";
  }
}

std::string per_tag_table(const MetricReport& metrics, const Vocabulary& vocabulary) {
  std::string out = "tag\tpictures\tgiven\tcorrect\tprecision\trecall\tf1\tap\n";
  const auto cell = [](const std::optional<double>& value) { return value ? format("{}", *value) : ""; };
  for (const TagMetrics& tag : metrics.tags) {
    out += format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", vocabulary.name(tag.tag), tag.positives, tag.given, tag.correct,
                  cell(tag.precision), cell(tag.recall), cell(tag.f1), cell(tag.ap));
  }
  return out;
}

}  // namespace tagloom
