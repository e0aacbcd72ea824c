#pragma once
// metrics.jsonl of a run: one JSON object a line, on the disk before the next one is written, so that a
// killed run loses at most the line it was writing.
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
  std::vector<std::pair<std::string, double>> values;  // in their order; not a number or infinite is null in the file

  double value(const std::string& name) const;  // NaN where the record has no such value
};

class RunLog {
 public:
  // Opens the file for more lines. What lies behind last_step (lines of steps that the run will do again, and
  // a last line that was cut off) is dropped first; -1 drops everything. Throws Error(kData) naming file and
  // line where the file is not such a log or cannot be written.
  RunLog(std::string path, int64_t last_step);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void append(const RunRecord& record);                               // one line, written and synced
  const std::vector<RunRecord>& records() const { return records_; }  // those kept and those appended

 private:
  std::string path_;
  int fd_ = -1;
  std::vector<RunRecord> records_;
};

std::string run_record_line(const RunRecord& record);          // without the line's end
std::vector<RunRecord> read_run_log(const std::string& path);  // a cut-off last line is left out; no file, no records

}  // namespace tagloom
