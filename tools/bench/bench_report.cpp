// Formats rows, roofs and JSON of tagbench, and reads a baseline.
#include "tools/bench/bench_report.h"

#include <nlohmann/json.hpp>

#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using Json = nlohmann::ordered_json;

std::string left(const std::string& text, size_t width) { return text + std::string(width - std::min(width, text.size()), ' '); }
std::string right(const std::string& text, size_t width) { return std::string(width - std::min(width, text.size()), ' ') + text; }

std::string seconds_text(double seconds) {
  if (seconds >= 1) return format("{:.2f} s", seconds);
  if (seconds >= 1e-3) return format("{:.2f} ms", 1e3 * seconds);
  return format("{:.2f} us", 1e6 * seconds);
}

std::string rate_text(const BenchResult& result) {
  const double seconds = result.timing.median;
  if (result.pictures > 0) return format("{:.1f} images/s", static_cast<double>(result.pictures) / seconds);
  if (result.roof.bound == Bound::kArithmetic) return format("{:.3f} TFLOP/s", 1e-12 * result.flops / seconds);
  if (result.bytes > 0) return format("{:.2f} GB/s", 1e-9 * result.bytes / seconds);
  return "-";
}

std::string bytes_text(int64_t bytes) { return bytes >= 1 << 20 ? format("{} MiB", bytes >> 20) : format("{} KiB", bytes >> 10); }

const char* name_of(MatrixType type) { return type == MatrixType::kBf16 ? "bf16" : type == MatrixType::kTf32 ? "tf32" : "fp32"; }

}  // namespace

BenchBaseline read_baseline(const std::string& file) {
  const std::vector<uint8_t> bytes = read_file(file);
  BenchBaseline baseline{.file = file};
  try {
    const Json json = Json::parse(bytes);
    baseline.kind = json.at("kind");
    baseline.date = json.at("date");
    for (const Json& row : json.at("rows")) {
      if (row.contains("seconds")) baseline.seconds[row.at("name")] = row.at("seconds");
    }
  } catch (const Json::exception& error) {
    fail(ErrorKind::kData, "{}: this is not a file of tagbench --json: {}", file, error.what());
  }
  return baseline;
}

std::optional<double> ratio_to(const BenchBaseline& baseline, const BenchResult& result) {
  const auto found = baseline.seconds.find(result.name);
  if (found == baseline.seconds.end() || found->second <= 0 || !result.verdict.wrong.empty()) return std::nullopt;
  return result.timing.median / found->second;
}

std::string bench_header(size_t name_width, bool compared) {
  return left("row", name_width) + right("median", 11) + right("best", 11) + right("spread", 10) + right("rate", 16) +
         right("roof", 9) + (compared ? right("now/then", 10) : "") + "  verified by\n";
}

std::string bench_line(const BenchResult& result, size_t name_width, const BenchBaseline* baseline) {
  const std::string wrong = result.verdict.wrong.empty() ? "" : "  WRONG: " + result.verdict.wrong;
  std::string line = left(result.name, name_width);
  if (result.timing.samples == 0) return line + wrong + "\n";
  line += right(seconds_text(result.timing.median), 11) + right(seconds_text(result.timing.least), 11) +
          right(format("{:.1f} %", 100 * result.timing.spread), 10) + right(rate_text(result), 16) +
          right(result.roof.bound == Bound::kNone ? "-" : format("{:.0f} %", 100 * result.roof.share), 9);
  const double ratio = baseline ? ratio_to(*baseline, result).value_or(0) : 0;
  if (baseline) line += right(ratio > 0 ? format("{:.2f}", ratio) : "-", 10);
  line += wrong.empty() ? "  " + result.verdict.how : wrong;
  if (ratio > kSlower) line += "  SLOWER";
  return line + "\n";
}

std::string roofs_text(const Roofs& roofs) {
  std::string text;
  for (const auto& [moved, rate] : roofs.copies())
    text += format("roof  copy of {}: {}\n", bytes_text(moved), format("{:.1f} GB/s", 1e-9 * rate));
  for (const auto& [type, rate] : roofs.matrices())
    text += format("roof  {} product of {} x {} matrices: {}\n", name_of(type), roofs.matrix_side(), roofs.matrix_side(),
                   format("{:.3f} TFLOP/s", 1e-12 * rate));
  return text;
}

std::string bench_json(const BenchMachine& machine, const std::vector<BenchResult>& results, const Roofs& roofs) {
  Json json{{"tagbench", machine.version}, {"date", machine.date},           {"kind", machine.kind},
            {"device", machine.device},    {"processor", machine.processor}, {"libraries", machine.libraries}};
  Json copies = Json::object(), matrices = Json::object();
  for (const auto& [moved, rate] : roofs.copies()) copies[std::to_string(moved)] = 1e-9 * rate;
  for (const auto& [type, rate] : roofs.matrices()) matrices[name_of(type)] = 1e-12 * rate;
  json["roofs"] = {
      {"copy_gb_per_second_by_bytes", copies}, {"matrix_side", roofs.matrix_side()}, {"matrix_tflop_per_second", matrices}};
  json["rows"] = Json::array();
  for (const BenchResult& result : results) {
    Json row{{"name", result.name}, {"verified_by", result.verdict.how}, {"prepare_seconds", result.prepared_in}};
    if (!result.verdict.wrong.empty()) row["wrong"] = result.verdict.wrong;
    if (result.timing.samples == 0) {
      json["rows"].push_back(row);
      continue;
    }
    const double seconds = result.timing.median;
    row["seconds"] = seconds;
    row["spread"] = result.timing.spread;
    row["least_seconds"] = result.timing.least;
    row["samples"] = result.timing.samples;
    row["calls_per_sample"] = result.timing.calls;
    if (result.bytes > 0) row["gb_per_second"] = 1e-9 * result.bytes / seconds;
    if (result.flops > 0) row["tflop_per_second"] = 1e-12 * result.flops / seconds;
    if (result.pictures > 0) row["images_per_second"] = static_cast<double>(result.pictures) / seconds;
    if (result.roof.bound != Bound::kNone) {
      row["bound"] = result.roof.bound == Bound::kMemory ? "memory" : "arithmetic";
      row["percent_of_roof"] = 100 * result.roof.share;
    }
    json["rows"].push_back(row);
  }
  return json.dump(2) + "\n";
}

}  // namespace tagloom
