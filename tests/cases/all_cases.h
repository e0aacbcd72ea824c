#pragma once
// Every case table, by op.
#include <ostream>

#include "tests/cases/relu_cases.h"

namespace tagloom::test {

struct CaseTable {
  const char* op;
  std::vector<OpCase> (*cases)();
};

inline std::ostream& operator<<(std::ostream& out, const CaseTable& table) { return out << table.op; }

inline constexpr CaseTable kCaseTables[] = {
    {"relu", relu_cases},
};

}  // namespace tagloom::test
