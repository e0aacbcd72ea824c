#pragma once
// Every case table, by op.
#include <ostream>

#include "tests/cases/adaptive_avg_pool2d_cases.h"
#include "tests/cases/relu_cases.h"

namespace tagloom::test {

struct CaseTable {
  const char* op;
  std::vector<OpCase> (*cases)();
};

inline std::ostream& operator<<(std::ostream& out, const CaseTable& table) { return out << table.op; }

inline constexpr CaseTable kCaseTables[] = {
    {"adaptive_avg_pool2d", adaptive_avg_pool2d_cases},
    {"relu", relu_cases},
};

}  // namespace tagloom::test
