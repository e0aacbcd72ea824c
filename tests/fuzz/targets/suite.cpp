// A suite file.
#include <algorithm>

#include "tests/fuzz/memory_file.h"
#include "tools/command_line/config.h"
#include "tools/suite/suite_file.h"

namespace tagloom::fuzz {
namespace {

void check_set(const std::vector<std::string>& set) {
  for (const std::string& text : set) accepted([&] { return set_assignment(text); });
}

}  // namespace

void suite(Input input) {
  const Suite suite = read_suite(path_of(input));
  require(!suite.name.empty() && !suite.tables.empty() && !suite.rows.empty(), "a suite is empty");
  check_set(suite.set);
  for (const SuiteTable& table : suite.tables) check_set(table.set);
  for (const SuiteRow& row : suite.rows) {
    require(row.seeds >= 1 && row.seeds <= 1000, "a row has no seeds", row.name);
    check_set(row.set);
    if (!row.run_of.empty()) suite.row(row.run_of);
    for (const std::string& name : row.tables) {
      require(std::ranges::any_of(suite.tables, [&](const SuiteTable& table) { return table.name == name; }), "there is no table",
              name);
    }
  }
}

}  // namespace tagloom::fuzz
