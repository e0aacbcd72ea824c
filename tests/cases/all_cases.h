#pragma once
// Every case table, by op.
#include <ostream>

#include "tests/cases/adaptive_avg_pool2d_cases.h"
#include "tests/cases/batch_norm_cases.h"
#include "tests/cases/conv2d_cases.h"
#include "tests/cases/dropout_cases.h"
#include "tests/cases/elementwise_cases.h"
#include "tests/cases/embedding_cases.h"
#include "tests/cases/gemm_cases.h"
#include "tests/cases/label_max_pool_cases.h"
#include "tests/cases/lstm_gates_cases.h"
#include "tests/cases/optimizer_step_cases.h"
#include "tests/cases/picture_cases.h"
#include "tests/cases/pool2d_cases.h"
#include "tests/cases/relu_cases.h"
#include "tests/cases/sigmoid_masked_bce_cases.h"
#include "tests/cases/softmax_xent_cases.h"
#include "tests/cases/sum_cases.h"
#include "tests/cases/top_k_cases.h"

namespace tagloom::test {

struct CaseTable {
  const char* op;
  std::vector<OpCase> (*cases)();
};

inline std::ostream& operator<<(std::ostream& out, const CaseTable& table) { return out << table.op; }

inline constexpr CaseTable kCaseTables[] = {
    {"adam_step", adam_step_cases},
    {"adaptive_avg_pool2d", adaptive_avg_pool2d_cases},
    {"add", add_cases},
    {"batch_norm", batch_norm_cases},
    {"bias", bias_cases},
    {"cast", cast_cases},
    {"conv2d", conv2d_cases},
    {"copy_strided", copy_strided_cases},
    {"dropout", dropout_cases},
    {"embedding", embedding_cases},
    {"gemm", gemm_cases},
    {"grad_norm", grad_norm_cases},
    {"image_normalize", image_normalize_cases},
    {"label_max_pool", label_max_pool_cases},
    {"lstm_gates", lstm_gates_cases},
    {"pool2d", pool2d_cases},
    {"relu", relu_cases},
    {"rmsprop_step", rmsprop_step_cases},
    {"scale", scale_cases},
    {"sgd_step", sgd_step_cases},
    {"sigmoid", sigmoid_cases},
    {"sigmoid_masked_bce", sigmoid_masked_bce_cases},
    {"softmax_xent", softmax_xent_cases},
    {"sum", sum_cases},
    {"tanh", tanh_cases},
    {"top_k", top_k_cases},
};

}  // namespace tagloom::test
