#pragma once
// A run's metrics.jsonl: one JSON object per line, each synced to disk, so that a killed run loses at most the line it was
// writing.
//
//   {"step":1260,"epoch":10,"split":"validation","loss":0.6131,"f1_label":0.371}
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tagloom {

struct RunRecord {
  int64_t step = 0;  // optimizer steps so far
  int64_t epoch = 0;
  std::string split;                                   // "train", "validation"
  std::vector<std::pair<std::string, double>> values;  // in order; NaN and infinities are null in the file

  double value(const std::string& name) const;  // NaN if the record has no such value
};

class RunLog {
 public:
  // Opens the file for appending. First drops lines after last_step, which the run will write again, and an incomplete last line;
  // -1 drops everything. Throws Error(kData) naming file and line if the file is not such a log or cannot be written.
  RunLog(std::string path, int64_t last_step);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void append(const RunRecord& record);                               // writes and syncs one line
  const std::vector<RunRecord>& records() const { return records_; }  // kept and appended ones

 private:
  std::string path_;
  int fd_ = -1;
  std::vector<RunRecord> records_;
};

std::string run_record_line(const RunRecord& record);          // without the newline
std::vector<RunRecord> read_run_log(const std::string& path);  // without an incomplete last line; empty if there is no file

}  // namespace tagloom
