#pragma once
// Every case table, by op.
#include <ostream>

#include "tests/cases/adaptive_avg_pool2d_cases.h"
#include "tests/cases/batch_norm_cases.h"
#include "tests/cases/elementwise_cases.h"
#include "tests/cases/optimizer_step_cases.h"
#include "tests/cases/picture_cases.h"
#include "tests/cases/relu_cases.h"
#include "tests/cases/sum_cases.h"

namespace tagloom::test {

struct CaseTable {
  const char* op;
  std::vector<OpCase> (*cases)();
};

inline std::ostream& operator<<(std::ostream& out, const CaseTable& table) { return out << table.op; }

inline constexpr CaseTable kCaseTables[] = {
    {"adaptive_avg_pool2d", adaptive_avg_pool2d_cases},
    {"adam_step", adam_step_cases},
    {"add", add_cases},
    {"batch_norm", batch_norm_cases},
    {"bias", bias_cases},
    {"cast", cast_cases},
    {"copy_strided", copy_strided_cases},
    {"grad_norm", grad_norm_cases},
    {"image_normalize", image_normalize_cases},
    {"relu", relu_cases},
    {"rmsprop_step", rmsprop_step_cases},
    {"scale", scale_cases},
    {"sgd_step", sgd_step_cases},
    {"sigmoid", sigmoid_cases},
    {"sum", sum_cases},
    {"tanh", tanh_cases},
};

}  // namespace tagloom::test
