// Reads, truncates and appends to metrics.jsonl.
#include "engine/run/run_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/io/atomic_file.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using Json = nlohmann::ordered_json;

RunRecord record_of(const std::string& line, const std::string& path, int64_t number) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto has_count = [&](const char* key) {
    return json.contains(key) && json[key].is_number_unsigned() &&
           json[key].get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  };
  const bool valid =
      json.is_object() && has_count("step") && has_count("epoch") && json.contains("split") && json["split"].is_string();
  TL_CHECK_AS(ErrorKind::kData, valid, "{}:{}: is not a line of a run's log: move the file away to start a new one", path,
              number);
  RunRecord record{json["step"], json["epoch"], json["split"], {}};
  for (const auto& [key, value] : json.items()) {
    if (key == "step" || key == "epoch" || key == "split") continue;
    TL_CHECK_AS(ErrorKind::kData, value.is_number() || value.is_null(), "{}:{}: \"{}\" is not a number", path, number, key);
    record.values.emplace_back(key, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  }
  return record;
}

}  // namespace

double RunRecord::value(const std::string& name) const {
  for (const auto& [key, number] : values) {
    if (key == name) return number;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string run_record_line(const RunRecord& record) {
  std::string line = format("{{\"step\":{},\"epoch\":{},\"split\":{}", record.step, record.epoch, Json(record.split).dump());
  for (const auto& [key, number] : record.values) {
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, number == 0 ? 0.0 : number).ptr;  // JSON readers lose the sign of -0
    line += format(",{}:{}", Json(key).dump(), std::isfinite(number) ? std::string(text, end) : "null");
  }
  return line += '}';
}

std::vector<RunRecord> read_run_log(const std::string& path) {
  std::vector<RunRecord> records;
  if (!std::filesystem::exists(path)) return records;
  std::istringstream file(read_text(path));
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) break;  // no newline: the process was killed while writing
    records.push_back(record_of(line, path, ++number));
  }
  return records;
}

RunLog::RunLog(std::string path, int64_t last_step) : path_(std::move(path)) {
  std::string kept;
  if (last_step >= 0) records_ = read_run_log(path_);
  std::erase_if(records_, [last_step](const RunRecord& record) { return record.step > last_step; });
  for (const RunRecord& record : records_) kept.append(run_record_line(record)).append("\n");
  write_file_atomically(path_, kept);
  fd_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  TL_CHECK_AS(ErrorKind::kData, fd_ >= 0, "{}: cannot be opened: {}", path_, std::strerror(errno));
}

RunLog::~RunLog() {
  if (fd_ >= 0) close(fd_);
}

void RunLog::append(const RunRecord& record) {
  const std::string line = run_record_line(record) + "\n";
  int error = detail::write_fully(fd_, std::as_bytes(std::span(line)));
  if (error == 0 && fsync(fd_) != 0 && errno != EINVAL) error = errno;  // EINVAL: a file that cannot be synced
  TL_CHECK_AS(ErrorKind::kData, error == 0, "{}: cannot be written: {}: when this is solved, continue with --resume", path_,
              std::strerror(error));
  records_.push_back(record);
}

}  // namespace tagloom
