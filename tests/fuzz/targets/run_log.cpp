// metrics.jsonl, as a resumed run reads it.
#include "engine/run/run_log.h"

#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {
namespace {

std::string text_of_log(const std::vector<RunRecord>& records) {
  std::string text;
  for (const RunRecord& record : records) text += run_record_line(record) + "\n";
  return text;
}

}  // namespace

void run_log(Input input) {
  const std::vector<RunRecord> records = read_run_log(path_of(input));
  for (const RunRecord& record : records) {
    require(record.step >= 0 && record.epoch >= 0, "a step or an epoch is negative", run_record_line(record));
  }
  const std::string text = text_of_log(records);
  require(text_of_log(accepted([&] { return read_run_log(path_of(text)); })) == text, "the log changed", text);
}

}  // namespace tagloom::fuzz
