// Formats the results of a suite as Markdown tables and JSON.
#include "tools/suite/suite_results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/io/atomic_file.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using Json = nlohmann::ordered_json;

std::string column_heading(const std::string& metric) {
  static const std::map<std::string, std::string> headings = {{"p_label", "P_L"},
                                                              {"r_label", "R_L"},
                                                              {"f1_label", "F1_L"},
                                                              {"f1_label_mean", "mean F1_L"},
                                                              {"p_image", "P_I"},
                                                              {"r_image", "R_I"},
                                                              {"f1_image", "F1_I"},
                                                              {"p_micro", "OP"},
                                                              {"r_micro", "OR"},
                                                              {"f1_micro", "OF1"},
                                                              {"n_plus", "N+"},
                                                              {"map_label", "mAP"},
                                                              {"map_image", "mAP_I"},
                                                              {"top1", "top-1"},
                                                              {"ndcg_mean", "NDCG"},
                                                              {"precision_mean", "P@1..10"},
                                                              {"top1_first_step", "top-1, first step"}};
  const auto found = headings.find(metric);
  if (found != headings.end()) return found->second;
  const size_t at = metric.find('@');
  if (at == std::string::npos) return metric;
  return (metric.starts_with("ndcg") ? "NDCG" : "P") + metric.substr(at);
}

// ".387"; N+ as an integer, or with one decimal if it is a fractional mean.
std::string number_text(const std::string& metric, double value, int decimals) {
  if (metric == "n_plus") return format(value == std::floor(value) ? "{:.0f}" : "{:.1f}", value);
  const std::string text = format("{:.{}f}", value, decimals);
  return text.starts_with('0') ? text.substr(1) : text;
}

std::string measured_text(const std::string& metric, const MeanAndSpread& value) {
  std::string text = number_text(metric, value.mean, 3);
  if (value.seeds > 1) text += " ± " + number_text(metric, value.spread, 3);
  return text;
}

std::string published_text(const std::string& metric, double value) {  // three decimals, or two if they are enough
  const bool two = std::abs(value * 100 - std::round(value * 100)) < 1e-9;
  return number_text(metric, value, two ? 2 : 3);
}

const SuiteEvaluation* first_of(const SuiteResults& results, const std::string& row, const std::string& table) {
  const auto found = results.of.find({row, table});
  if (found == results.of.end()) return nullptr;
  for (const auto& one : found->second) {
    if (one) return &*one;
  }
  return nullptr;
}

const std::string* definition(const SuiteEvaluation& evaluation, const std::string& metric) {
  const size_t at = metric.find('@');
  const std::string name = at == std::string::npos ? metric : metric.substr(0, at) + "@k";
  for (const auto& [key, words] : evaluation.definitions) {
    if (key == name) return &words;
  }
  return nullptr;
}

// The definitions of the columns and the conventions behind them, except those that an earlier table had last: `latest` by name.
// A definition that differs between rows is listed again with the names of its rows.
std::string definitions_text(const Suite& suite, const SuiteTable& table, const SuiteResults& results,
                             std::map<std::string, std::string>& latest) {
  std::vector<std::pair<std::string, std::string>> wanted;  // name in this list, key
  const auto want = [&](const std::string& name, const std::string& key) {
    for (const auto& [unused, other] : wanted) {
      if (other == key) return;
    }
    wanted.emplace_back(name, key);
  };
  want("given tags", "selection");
  want("precision and recall", "zero_division");
  bool ndcg = false, ap = false;
  for (const std::string& column : table.columns) {
    const size_t at = column.find('@');
    const std::string heading = column_heading(column);
    ndcg = ndcg || column.starts_with("ndcg");
    ap = ap || column.starts_with("map_");
    want(at == std::string::npos ? heading : heading.substr(0, heading.find('@')) + "@k",
         at == std::string::npos ? column : column.substr(0, at) + "@k");
  }
  if (ndcg) want("relevance", "relevance");
  if (ap) want("average precision", "ap");
  std::string text;
  for (const auto& [name, key] : wanted) {
    std::vector<std::pair<std::string, std::string>> listed;  // definition, rows
    for (const SuiteRow& row : suite.rows) {
      const SuiteEvaluation* evaluation = first_of(results, row.name, table.name);
      const std::string* words = evaluation != nullptr ? definition(*evaluation, key) : nullptr;
      if (words == nullptr) continue;
      const auto same = std::find_if(listed.begin(), listed.end(), [&](const auto& one) { return one.first == *words; });
      if (same == listed.end()) {
        listed.emplace_back(*words, row.title);
      } else {
        same->second += ", " + row.title;
      }
    }
    std::string lines;
    for (size_t i = 0; i < listed.size(); ++i) {
      lines += format("* {}: {}{}\n", name, listed[i].first, i == 0 ? "" : " (" + listed[i].second + ")");
    }
    if (latest[name] != lines) text += lines;
    latest[name] = lines;
  }
  return text.empty() ? text : text + "\n";
}

// What tageval left out of the test pictures, a line for the rows with the same counts.
std::string left_out_lines(const Suite& suite, const SuiteTable& table, const SuiteResults& results) {
  std::map<std::string, std::vector<std::string>> rows;
  size_t measured = 0;
  for (const SuiteRow& row : suite.rows) {
    const SuiteEvaluation* const evaluation = first_of(results, row.name, table.name);
    if (evaluation == nullptr) continue;
    ++measured;
    rows[left_out_words(*evaluation)].push_back(row.title);
  }
  std::string lines;
  for (const auto& [words, titles] : rows) {
    if (words.empty()) continue;
    std::string of;
    for (const std::string& title : titles) of += (of.empty() ? " (" : ", ") + title;
    lines += format("Left out or repeated: {}{}.\n\n", words, titles.size() == measured ? "" : of + ")");
  }
  return lines;
}

bool is_in(const SuiteRow& row, const std::string& table) {
  return std::find(row.tables.begin(), row.tables.end(), table) != row.tables.end();
}

// The best measured mean of a column as printed; every cell with the same text counts as best.
std::string best_text(const Suite& suite, const SuiteResults& results, const std::string& table, const std::string& column) {
  std::optional<double> best;
  for (const SuiteRow& row : suite.rows) {
    const auto value = mean_over_seeds(results, row.name, table, column);
    if (value && (!best || value->mean > *best)) best = value->mean;
  }
  return best ? number_text(column, *best, 3) : "";
}

std::string table_text(const Suite& suite, const SuiteTable& table, const SuiteResults& results) {
  std::string text = "| system | seeds |", rule = "|---|---|";
  for (const std::string& column : table.columns) {
    text += " " + column_heading(column) + " |";
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  std::vector<std::string> groups, best;
  for (const std::string& column : table.columns) best.push_back(best_text(suite, results, table.name, column));
  for (const SuiteRow& row : suite.rows) {
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) groups.push_back(row.group);
  }
  for (const std::string& group : groups) {
    std::string lines;
    for (const SuiteRow& row : suite.rows) {
      if (row.group != group || !is_in(row, table.name)) continue;
      if (row.trains() || !row.run_of.empty()) {
        std::string cells;
        int64_t seeds = 0;
        for (size_t i = 0; i < table.columns.size(); ++i) {
          const auto value = mean_over_seeds(results, row.name, table.name, table.columns[i]);
          if (value) seeds = std::max(seeds, value->seeds);
          const bool is_best = value && number_text(table.columns[i], value->mean, 3) == best[i];
          const std::string cell = value ? measured_text(table.columns[i], *value) : "–";
          cells += is_best ? " **" + cell + "** |" : " " + cell + " |";
        }
        lines += format("| {} | {} |{}\n", row.title, seeds > 0 ? std::to_string(seeds) : "–", cells);
      }
      for (const PublishedFigures& published : row.published) {
        const auto figures = published.figures.find(table.name);
        if (figures == published.figures.end()) continue;
        const bool alone = !row.trains() && row.run_of.empty();
        lines += format("| *{}{}{}* | |", alone ? row.title + ": " : "published: ", published.source,
                        published.differs.empty() ? "" : "; " + published.differs);
        for (const std::string& column : table.columns) {
          const auto figure = figures->second.find(column);
          lines += figure == figures->second.end() ? " |" : " *" + published_text(column, figure->second) + "* |";
        }
        lines += "\n";
      }
    }
    if (lines.empty()) continue;
    if (!group.empty()) {
      text += "| **" + group + "** | |";
      for (size_t i = 0; i < table.columns.size(); ++i) text += " |";
      text += "\n";
    }
    text += lines;
  }
  return text;
}

}  // namespace

SuiteRecord SuiteRecord::read(const std::string& path) {
  SuiteRecord record;
  if (!std::filesystem::exists(path)) return record;
  const Json json = Json::parse(read_text(path), nullptr, false);
  if (!json.is_object() || !json.contains("trained") || !json["trained"].is_boolean()) return record;
  record.trained = json["trained"];
  if (json.contains("seconds") && json["seconds"].is_number()) record.seconds = json["seconds"];
  if (json.contains("evaluations") && json["evaluations"].is_object()) {
    for (const auto& [key, value] : json["evaluations"].items()) record.evaluations[key] = value.dump();
  }
  return record;
}

void SuiteRecord::write(const std::string& path) const {
  Json json{{"trained", trained}, {"seconds", seconds}, {"evaluations", Json::object()}};
  for (const auto& [key, value] : evaluations) json["evaluations"][key] = Json::parse(value);
  write_file_atomically(path, json.dump(1) + "\n");
}

SuiteEvaluation parse_evaluation(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    SuiteEvaluation evaluation;
    const Json& pictures = json.at("pictures");
    TL_CHECK_AS(ErrorKind::kData, pictures.is_number_unsigned() && pictures.get<uint64_t>() < uint64_t{1} << 53,
                "tageval --json counts {} pictures", pictures.dump());
    evaluation.pictures = pictures;
    for (const auto& [key, value] : json.at("metrics").items()) {
      if (!value.is_null()) evaluation.metrics[key] = value.get<double>();  // null: not a number
    }
    for (const auto& [key, value] : json.at("definitions").items()) {
      evaluation.definitions.emplace_back(key, value.get<std::string>());
    }
    if (json.contains("left_out")) {
      for (const auto& [reason, count] : json["left_out"].items()) {
        if (count != 0) evaluation.left_out[reason] = count.get<int64_t>();
      }
    }
    return evaluation;
  } catch (const Json::exception&) {
    fail(ErrorKind::kData, "cannot read the output of tageval --json: {}", text.substr(0, 80));
  }
}

std::string left_out_words(const SuiteEvaluation& evaluation) {
  std::string text;
  for (const auto& [reason, count] : evaluation.left_out) {
    std::string words = reason;
    std::replace(words.begin(), words.end(), '_', ' ');
    text += format("{}{}: {}", text.empty() ? "" : ", ", words, count);
  }
  return text;
}

std::optional<MeanAndSpread> mean_over_seeds(const SuiteResults& results, const std::string& row, const std::string& table,
                                             const std::string& metric) {
  const auto found = results.of.find({row, table});
  if (found == results.of.end()) return std::nullopt;
  std::vector<double> values;
  for (const auto& one : found->second) {
    if (!one) continue;
    const auto value = one->metrics.find(metric);
    if (value != one->metrics.end()) values.push_back(value->second);
  }
  if (values.empty()) return std::nullopt;
  MeanAndSpread result{.seeds = static_cast<int64_t>(values.size())};
  for (const double value : values) result.mean += value / static_cast<double>(values.size());
  for (const double value : values) result.spread += (value - result.mean) * (value - result.mean);
  if (values.size() > 1) result.spread = std::sqrt(result.spread / static_cast<double>(values.size() - 1));
  return result;
}

std::string suite_tables(const Suite& suite, const SuiteResults& results, int level) {
  std::string text;
  std::map<std::string, std::string> latest;
  for (const SuiteTable& table : suite.tables) {
    int64_t pictures = 0;
    for (const SuiteRow& row : suite.rows) {
      if (const SuiteEvaluation* one = first_of(results, row.name, table.name)) pictures = std::max(pictures, one->pictures);
    }
    text += format("{}{} {}: {}\n\n", text.empty() ? "" : "\n", std::string(level, '#'), suite.title, table.title);
    text += format(
        "{} test pictures; mean ± standard deviation (n - 1) over the seeds; "
        "the best measured value of a column is bold, published values are italic.\n\n",
        pictures);
    text += left_out_lines(suite, table, results) + definitions_text(suite, table, results, latest) +
            table_text(suite, table, results);
  }
  for (const auto& [row, why] : results.failures) text += format("\n{} failed: {}\n", suite.row(row).title, why);
  return text;
}

std::string suite_json(const Suite& suite, const SuiteResults& results) {
  Json rows = Json::array();
  for (const SuiteRow& row : suite.rows) {
    Json tables = Json::object(), left_out = Json::object();
    for (const SuiteTable& table : suite.tables) {
      const auto found = results.of.find({row.name, table.name});
      if (found == results.of.end()) continue;
      Json columns = Json::object();
      for (const std::string& column : table.columns) {
        const auto value = mean_over_seeds(results, row.name, table.name, column);
        if (!value) continue;
        Json seeds = Json::array();
        for (const auto& one : found->second) {
          if (one && one->metrics.contains(column)) seeds.push_back(one->metrics.at(column));
        }
        columns[column] = {{"mean", value->mean}, {"spread", value->spread}, {"seeds", seeds}};
      }
      tables[table.name] = columns;
      if (const SuiteEvaluation* const one = first_of(results, row.name, table.name)) left_out[table.name] = one->left_out;
    }
    Json entry{{"name", row.name}, {"title", row.title}, {"tables", tables}, {"left_out", left_out}};
    const auto failure = results.failures.find(row.name);
    if (failure != results.failures.end()) entry["failure"] = failure->second;
    rows.push_back(entry);
  }
  return Json{{"suite", suite.name}, {"rows", rows}}.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string with_tables(const std::string& page, const std::string& name, const std::string& tables, const std::string& path) {
  const std::string begin = "<!-- suite: " + name + " -->\n", end = "<!-- end of suite -->";
  const size_t from = page.find(begin), to = from == std::string::npos ? from : page.find(end, from);
  TL_CHECK_AS(ErrorKind::kData, to != std::string::npos,
              "{}: the page needs the lines \"<!-- suite: {} -->\" and \"{}\" around the tables", path, name, end);
  return page.substr(0, from + begin.size()) + "\n" + tables + "\n" + page.substr(to);
}

}  // namespace tagloom
