// A file of tagbench --json, as --compare reads it.
#include <cmath>

#include "tests/fuzz/memory_file.h"
#include "tools/bench/bench_report.h"

namespace tagloom::fuzz {

void baseline(Input input) {
  const BenchBaseline baseline = read_baseline(path_of(input));
  for (const auto& [name, seconds] : baseline.seconds) {
    require(std::isfinite(seconds), "a row took an impossible time", name);
    BenchResult result{.name = name, .timing = {.median = 1, .least = 1, .samples = 1}};
    const std::string line = bench_line(result, 8, &baseline);
    require(line.find('\n') == line.size() - 1, "a row is not one line", line);
  }
}

}  // namespace tagloom::fuzz
