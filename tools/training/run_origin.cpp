// Describes the beginning of a run as text, and compares a resumed run with it.
#include "tools/training/run_origin.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "engine/io/tensor_file.h"
#include "engine/train/checkpoint.h"
#include "tools/command_line/config.h"

namespace tagloom {
namespace {

// Metrics follow from decode.* and eval.*; if one of them selects the best weights, its definition stays the same.
bool defines_selection(const Setting& setting, const Settings& settings) {
  const bool metric = setting.key.starts_with("decode.") || setting.key.starts_with("eval.");
  return metric && setting.key != "eval.batch_size" && settings.train.best_by != "loss";
}

RunOrigin kept_settings(const Settings& settings) {
  RunOrigin kept;
  Settings copy = settings;
  const SettingTable table = copy.table();
  for (const Setting* setting : table.rows()) {
    if (!setting->has_kind(settings.model.kind)) continue;
    if (setting->may_change_on_resume && !defines_selection(*setting, settings)) continue;
    kept[setting->key] = value_text(setting->value(settings.model.kind));
  }
  return kept;
}

void add_dataset(const std::string& key, const Dataset& dataset, RunOrigin& origin) {
  Hash64 hash;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const Sample sample = dataset.sample(i);
    hash.add_field(sample.path).add_number(sample.tags.size());
    for (const int32_t tag : sample.tags) hash.add_number(static_cast<uint64_t>(tag));
  }
  origin[key + " rows"] = std::to_string(dataset.report().rows);
  origin[key + " pictures"] = std::to_string(dataset.size());
  origin[key + " content"] = hash_text(hash.digest());
}

RunOrigin data_origin(const TrainingData& data) {
  RunOrigin origin;
  add_dataset("data.train", data.whole ? *data.whole : data.train, origin);
  if (!data.whole && data.validation.size() > 0) add_dataset("data.validation", data.validation, origin);
  return origin;
}

std::string value_of(const RunOrigin& origin, const std::string& key) {
  const auto found = origin.find(key);
  return found == origin.end() ? "" : found->second;
}

// What differs between the beginning and now; empty if nothing does.
std::string difference(const RunOrigin& then, const RunOrigin& now, const std::string& key) {
  const auto before = [&](const char* what) { return value_of(then, key + what); };
  const auto after = [&](const char* what) { return value_of(now, key + what); };
  if (before(" content") == after(" content")) return "";
  if (before(" rows") != after(" rows")) return format("has {} rows, but the run began with {}", after(" rows"), before(" rows"));
  if (before(" pictures") != after(" pictures")) {
    return format("{} of its {} pictures can be used, but the run began with {}", after(" pictures"), after(" rows"),
                  before(" pictures"));
  }
  return "its pictures, tags or their order have changed since the run began";
}

std::vector<int64_t> unreadable(const FeatureTable& table, const Dataset& dataset) {
  std::vector<int64_t> left_out;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    if (!std::binary_search(table.valid.begin(), table.valid.end(), i)) left_out.push_back(i);
  }
  return left_out;
}

void leave_out(FeatureTable& table, const std::vector<int64_t>& pictures) {
  FeatureTable rest{.rows = table.rows, .valid = {}, .row = {}};
  for (size_t i = 0; i < table.valid.size(); ++i) {
    if (std::binary_search(pictures.begin(), pictures.end(), table.valid[i])) continue;
    rest.valid.push_back(table.valid[i]);
    rest.row.push_back(table.row[i]);
  }
  table = std::move(rest);
}

std::string numbers_text(const std::vector<int64_t>& numbers) {
  std::string text;
  for (const int64_t number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

std::vector<int64_t> numbers_of(const std::string& text) {
  std::istringstream words(text);
  std::vector<int64_t> numbers;
  for (int64_t number; words >> number;) numbers.push_back(number);
  return numbers;
}

std::string hash_of(const std::string& file) {
  return std::filesystem::is_regular_file(file) ? hash_text(hash_tensor_file(file)) : "";
}

}  // namespace

RunOrigin run_origin(const Settings& settings, const TrainingData& data) {
  RunOrigin origin = kept_settings(settings);
  origin.merge(data_origin(data));
  if (const std::string hash = hash_of(settings.backbone.weights); !hash.empty()) origin["backbone.weights content"] = hash;
  return origin;
}

std::string origin_text(const RunOrigin& origin) {
  std::string text;
  for (const auto& [key, value] : origin) text += key + " = " + value + "\n";
  return text;
}

RunOrigin read_origin(const std::string& checkpoint) {
  RunOrigin origin;
  std::istringstream lines(checkpoint_origin(checkpoint));
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find(" = ");
    if (equals != std::string::npos) origin[line.substr(0, equals)] = line.substr(equals + 3);
  }
  return origin;
}

void require_same_settings(const RunOrigin& origin, const Settings& before, const Settings& now) {
  const RunOrigin then = origin.empty() ? kept_settings(before) : origin;
  const auto check = [&](const std::string& key, const std::string& value) {
    const std::string old = value_of(then, key);
    TL_CHECK(old.empty() || old == value,
             "{} is {} in this run and cannot change to {} when it resumes: keep it, or start a new run with -o FOLDER", key, old,
             value);
  };
  check("model.kind", value_text(SettingValue(now.model.kind)));  // first, because the others depend on it
  for (const auto& [key, value] : kept_settings(now)) check(key, value);
}

void require_same_files(const RunOrigin& origin, const Settings& before, const Settings& now, const Vocabulary& vocabulary) {
  const std::string& tags = now.data.vocabulary;
  TL_CHECK(tags == before.data.vocabulary || (!tags.empty() && Vocabulary::load(tags) == vocabulary),
           "data.vocabulary = \"{}\" has other tags than this run: leave it out, or start a new run with -o FOLDER", tags);
  const std::string& weights = now.backbone.weights;
  if (weights == before.backbone.weights) return;
  std::string old = value_of(origin, "backbone.weights content");
  if (old.empty()) old = hash_of(before.backbone.weights);
  TL_CHECK(
      !weights.empty() && (old.empty() || old == hash_of(weights)),
      "backbone.weights = \"{}\" has other weights than those that this run began with: leave it out, or start a new run with -o "
      "FOLDER",
      weights);
}

void require_same_data(const RunOrigin& origin, const Settings& now, const TrainingData& data) {
  if (value_of(origin, "data.train content").empty()) return;
  const RunOrigin current = data_origin(data);
  for (const auto& [key, file] : {std::pair{"data.train", now.data.train}, {"data.validation", now.data.validation}}) {
    const std::string what = difference(origin, current, key);
    const bool then = origin.contains(std::string(key) + " rows"), still = current.contains(std::string(key) + " rows");
    TL_CHECK_AS(ErrorKind::kData, then == still,
                "data.validation was {} when the run began: {} it, or start a new run with -o FOLDER", then ? "set" : "empty",
                then ? "set" : "leave out");
    TL_CHECK_AS(ErrorKind::kData, what.empty(), "{}: {}: restore it, or start a new run with -o FOLDER", file, what);
  }
}

int64_t leave_out_as_before(const std::string& key, const Dataset& dataset, RunOrigin& origin, FeatureTable& table) {
  const std::vector<int64_t> now = unreadable(table, dataset);
  const auto [entry, is_new] = origin.emplace(key + " unreadable", numbers_text(now));
  const std::vector<int64_t> then = numbers_of(entry->second);
  std::vector<int64_t> lost;
  std::set_difference(now.begin(), now.end(), then.begin(), then.end(), std::back_inserter(lost));
  if (!lost.empty()) {
    const Sample first = dataset.sample(lost.front());
    const std::string others = lost.size() > 1 ? format(" (and {} more)", lost.size() - 1) : "";
    fail(ErrorKind::kData, "{}:{}: {}{} could be read when the run began: restore it, or start a new run with -o FOLDER",
         dataset.manifest().string(), first.line, first.path, others);
  }
  leave_out(table, then);
  const std::string left = std::to_string(table.valid.size());
  const std::string& began = origin.emplace(key + " readable", left).first->second;  // all that older versions saved
  TL_CHECK_AS(
      ErrorKind::kData, began == left,
      "{}: {} pictures can be read, but {} when the run began: restore the pictures of that time, or start a new run with -o "
      "FOLDER",
      dataset.manifest().string(), left, began);
  return static_cast<int64_t>(then.size() - now.size());
}

std::string resumed_config(const std::string& config, const Settings& before, const Settings& now,
                           const std::vector<std::string>& arguments) {
  std::istringstream text(read_text(config));
  if (settings_to_toml(before, {}) == settings_to_toml(now, {})) return text.str();
  std::vector<std::string> heading;
  for (std::string line; std::getline(text, line) && line.starts_with("# ");) heading.push_back(line.substr(2));
  for (const std::string& line : config_heading("tagtrain", arguments)) {
    if (std::find(heading.begin(), heading.end(), line) == heading.end()) heading.push_back(line);
  }
  return settings_to_toml(now, heading);
}

}  // namespace tagloom
