// RUN.json of a suite: the record of a run, with outputs of tageval --json.
#include "tests/fuzz/memory_file.h"
#include "tools/suite/suite_results.h"

namespace tagloom::fuzz {

void suite_record(Input input) {
  const SuiteRecord record = SuiteRecord::read(path_of(input));
  for (const auto& [settings, text] : record.evaluations) {
    try {
      const SuiteEvaluation evaluation = parse_evaluation(text);
      require(evaluation.pictures >= 0, "a negative number of pictures");
    } catch (const Error&) {
    }
  }
  const std::string text = written([&](const std::string& path) { record.write(path); });
  const SuiteRecord again = SuiteRecord::read(path_of(text));
  require(again.trained == record.trained && again.seconds == record.seconds && again.evaluations == record.evaluations,
          "the record changed", text);
}

}  // namespace tagloom::fuzz
