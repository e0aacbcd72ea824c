#pragma once
// Every case table, by op.
#include <ostream>

#include "tools/bench/cases/cnn/adaptive_avg_pool2d_cases.h"
#include "tools/bench/cases/cnn/batch_norm_cases.h"
#include "tools/bench/cases/cnn/conv2d_cases.h"
#include "tools/bench/cases/cnn/picture_cases.h"
#include "tools/bench/cases/cnn/pool2d_cases.h"
#include "tools/bench/cases/cnn/residual_attention_cases.h"
#include "tools/bench/cases/decode/lstm_decode_cases.h"
#include "tools/bench/cases/linear/gemm_cases.h"
#include "tools/bench/cases/linear/linear_relu_cases.h"
#include "tools/bench/cases/loss/diversity_cases.h"
#include "tools/bench/cases/loss/sigmoid_masked_bce_cases.h"
#include "tools/bench/cases/loss/softmax_xent_cases.h"
#include "tools/bench/cases/loss/tag_losses_cases.h"
#include "tools/bench/cases/lstm/attention_cases.h"
#include "tools/bench/cases/lstm/embedding_cases.h"
#include "tools/bench/cases/lstm/label_max_pool_cases.h"
#include "tools/bench/cases/lstm/lstm_gates_cases.h"
#include "tools/bench/cases/lstm/top_k_cases.h"
#include "tools/bench/cases/math/dropout_cases.h"
#include "tools/bench/cases/math/elementwise_cases.h"
#include "tools/bench/cases/math/relu_cases.h"
#include "tools/bench/cases/math/sum_cases.h"
#include "tools/bench/cases/optim/optimizer_step_cases.h"

namespace tagloom::test {

struct CaseTable {
  const char* op;
  std::vector<OpCase> (*cases)();
};

inline std::ostream& operator<<(std::ostream& out, const CaseTable& table) { return out << table.op; }

inline constexpr CaseTable kCaseTables[] = {
    {"adam_step", [] { return adam_step_cases(); }},
    {"adaptive_avg_pool2d", [] { return adaptive_avg_pool2d_cases(); }},
    {"add", [] { return add_cases(); }},
    {"attention", [] { return attention_cases(); }},
    {"batch_norm", [] { return batch_norm_cases(); }},
    {"bias", [] { return bias_cases(); }},
    {"cast", [] { return cast_cases(); }},
    {"conv2d", [] { return conv2d_cases(); }},
    {"copy_strided", [] { return copy_strided_cases(); }},
    {"diversity", diversity_cases},
    {"dropout", [] { return dropout_cases(); }},
    {"embedding", [] { return embedding_cases(); }},
    {"focal_bce", focal_bce_cases},
    {"gemm", gemm_cases},
    {"grad_norm", [] { return grad_norm_cases(); }},
    {"hinge_rank", hinge_rank_cases},
    {"image_normalize", [] { return image_normalize_cases(); }},
    {"label_max_pool", [] { return label_max_pool_cases(); }},
    {"linear_relu", [] { return linear_relu_cases(); }},
    {"lsep", lsep_cases},
    {"lstm_decode", lstm_decode_cases},
    {"lstm_gates", lstm_gates_cases},
    {"normalize_rows", [] { return normalize_rows_cases(); }},
    {"pool2d", [] { return pool2d_cases(); }},
    {"relu", [] { return relu_cases(); }},
    {"residual_attention", [] { return residual_attention_cases(); }},
    {"rmsprop_step", [] { return rmsprop_step_cases(); }},
    {"scale", [] { return scale_cases(); }},
    {"sgd_step", [] { return sgd_step_cases(); }},
    {"sigmoid", [] { return sigmoid_cases(); }},
    {"signed_root", [] { return signed_root_cases(); }},
    {"sigmoid_masked_bce", sigmoid_masked_bce_cases},
    {"softmax_xent", softmax_xent_cases},
    {"sum", [] { return sum_cases(); }},
    {"tanh", [] { return tanh_cases(); }},
    {"top_k", top_k_cases},
};

}  // namespace tagloom::test
