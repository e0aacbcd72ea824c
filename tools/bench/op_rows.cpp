// The rows of the ops: the case tables of tools/bench/cases at the sizes of taggers.
#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/onednn/onednn_version.h"
#include "tools/bench/bench_row.h"
#include "tools/bench/cases/all_cases.h"
#include "tools/bench/verify.h"

namespace tagloom {
namespace {

using kernels::Conv2dShape;
using test::OpCase;
using Cases = std::vector<OpCase>;

constexpr int64_t kBatch = 32;       // pictures per batch of a backbone
constexpr int64_t kSteps = 5;        // of the multi-order model
constexpr int64_t kHidden = 512;     // LSTM cells
constexpr int64_t kEmbedding = 256;  // of a tag
constexpr int64_t kFeatures = 2048;  // of ResNet-50
constexpr int64_t kHeadBatches[] = {32, 256};
constexpr int64_t kVocabularies[] = {80, 291, 1024};
constexpr int64_t kFillingBatch = 8192;   // rows that keep every multiprocessor of a large GPU busy
constexpr int64_t kParameters = 1 << 22;  // a little more than a head has

// Every distinct convolution of ResNet-50 at 224 x 224 pixels.
std::vector<Conv2dShape> resnet50_shapes(int64_t picture_channels) {
  std::vector<Conv2dShape> shapes{{kBatch, 224, 224, picture_channels, 64, 7, 7, 2, 3}};
  int64_t in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const int64_t side = 56 >> stage, width = 64 << stage, out = 4 * width, stride = stage == 0 ? 1 : 2;
    shapes.push_back({kBatch, side * stride, side * stride, in, width, 1, 1});                // first block, in
    shapes.push_back({kBatch, side * stride, side * stride, width, width, 3, 3, stride, 1});  // its 3x3
    shapes.push_back({kBatch, side * stride, side * stride, in, out, 1, 1, stride});          // its shortcut
    shapes.push_back({kBatch, side, side, width, out, 1, 1});                                 // every block, out
    shapes.push_back({kBatch, side, side, out, width, 1, 1});                                 // further blocks, in
    if (stride == 2) shapes.push_back({kBatch, side, side, width, width, 3, 3, 1, 1});        // their 3x3
    in = out;
  }
  return shapes;
}

bool has(const OpCase& row, const std::string& word) { return row.name.find(word) != std::string::npos; }

// Selects one form of each op: convolutions with bias and ReLU, gradients that overwrite, the middle dropout, plain updates; batch norm
// alone and, in training, followed by ReLU.
bool is_typical(const OpCase& row) {
  if (row.name.starts_with("conv2d_forward")) return has(row, "form=5");
  if (row.name.starts_with("conv2d_backward")) return has(row, "form=0");
  if (has(row, "relu=0") || (row.name.starts_with("batch_norm_eval") && has(row, "relu=1"))) return false;
  return !has(row, "add=1") && !has(row, "percent=0") && !has(row, "percent=10") && !has(row, "variant=1") &&
         !has(row, "variant=2") && !has(row, "variant=3") && !has(row, "gradient_factor");
}

void append(Cases& cases, const Cases& more) { std::copy_if(more.begin(), more.end(), std::back_inserter(cases), is_typical); }

void append_gemm(Cases& cases, const kernels::GemmShape& shape, bool with_bias) {
  test::add_gemm_case<Real, Real>("", 1e-5, shape, with_bias, kernels::Into::kOverwrite, cases);
  test::add_gemm_case<Bf16, Bf16>("_bf16", 8e-3, shape, with_bias, kernels::Into::kOverwrite, cases);
}

void append_backbone(Cases& cases, bool cuda) {
  append(cases, test::image_normalize_cases({{kBatch, 224, 224, cuda ? 8 : 3}}));
  append(cases, test::conv2d_cases(resnet50_shapes(cuda ? 8 : 3)));
  for (const auto& [rows, channels] : {std::pair<int64_t, int64_t>{kBatch * 56 * 56, 64}, {kBatch * 14 * 14, 1024}}) {
    Cases norms = test::batch_norm_cases({{rows, channels}});
    for (OpCase& row : norms)
      row.tolerance.absolute *= std::sqrt(static_cast<double>(rows) / 3136);  // longer sums than the table's
    append(cases, norms);
  }
  append(cases, test::relu_cases({kBatch * 56 * 56 * 256}));
  append(cases, test::bias_cases({{kBatch * 56 * 56, 64}}));
  append(cases, test::add_cases({kBatch * 56 * 56 * 256}));
  append(cases, test::cast_cases({kBatch * 56 * 56 * 64}));
  append(cases, test::pool2d_cases({{kBatch, 112, 112, 64, 3, 3, 2, 1}, {kBatch, 7, 7, kFeatures, 7, 7, 1, 0}}));
  append(cases, test::adaptive_avg_pool2d_cases({{kBatch, 14, 14, 512, 7, 7}}));
}

// The decoding loops of the multi-order model and of the rank model.
void append_decode(Cases& cases, int64_t n, int64_t v) {
  for (const bool bf16 : {false, true}) {
    const int kept = bf16 ? test::kKept : 0;  // weights already rounded, as models pass them
    cases.push_back(test::lstm_decode_case(
        {{kSteps, n, kHidden, v, kernels::Feed::kWinner, false, bf16}, test::kPooled | test::kStart | kept, 7}));
    cases.push_back(test::lstm_decode_case({{10, n, 300, v, kernels::Feed::kOwnRow, false, bf16}, test::kLogits | kept, 7}));
  }
}

template <class T>
void append_lstm_gates(Cases& cases, int64_t n) {
  cases.push_back(test::lstm_gates_forward_case<T>(n, kHidden, false, false, 7));
  cases.push_back(test::lstm_gates_backward_case<T>(n, kHidden, 15, false, kernels::Into::kOverwrite, 7));
}

template <class T>
void append_masked_bce(Cases& cases, int64_t n, int64_t v) {
  cases.push_back(
      test::sigmoid_masked_bce_case<T>({kSteps, n, v, kernels::BceMask::kPrevious, kernels::StepGate::kAll}, false, 7));
}

void append_softmax_xent(Cases& cases, int64_t rows, int64_t v) {
  cases.push_back(test::softmax_xent_case<Real>(rows, v, false, 7));
  cases.push_back(test::softmax_xent_case<Bf16>(rows, v, false, 7));
}

// Cases so large that launches cost almost nothing, to measure which share of the memory's rate a kernel reaches. The ops that take most
// of a training's time come first.
Cases filling_cases() {
  constexpr int64_t n = kFillingBatch, v = 1024, kMany = 1 << 25, kPixels = 256 * 56 * 56;
  Cases cases, norms = test::batch_norm_cases({{kPixels, 64}});
  std::erase_if(norms, [](const OpCase& row) { return !row.name.starts_with("batch_norm_train") || !has(row, "_bf16"); });
  for (OpCase& row : norms) row.tolerance.absolute *= std::sqrt(kPixels / 3136.0);  // longer sums than the table's
  append(cases, norms);
  append(cases, test::adam_step_cases({kMany}));
  append_softmax_xent(cases, n, v);
  append_masked_bce<Real>(cases, n, v);
  append_masked_bce<Bf16>(cases, n, v);
  append_lstm_gates<Real>(cases, n);
  append_lstm_gates<Bf16>(cases, n);
  append(cases, test::label_max_pool_cases({{kSteps, n, v}}));
  append(cases, test::image_normalize_cases({{256, 224, 224, 8}}));
  append(cases, test::sgd_step_cases({kMany}));
  append(cases, test::rmsprop_step_cases({kMany}));
  cases.push_back(test::top_k_case({n, v, 1}, false, 0, 7));
  append(cases, test::embedding_cases({{n, v + 1, kEmbedding}}));
  append(cases, test::copy_strided_cases({{kSteps * n, kHidden, kHidden, 2 * kHidden}}));
  append(cases, test::bias_cases({{n, 4 * kHidden}}));
  append(cases, test::grad_norm_cases({kMany}));
  append(cases, test::dropout_cases({kMany}));
  append(cases, test::tanh_cases({kMany}));
  append(cases, test::sigmoid_cases({kMany}));
  append(cases, test::signed_root_cases({kMany}));
  append(cases, test::scale_cases({kMany}));
  return cases;
}

void append_head(Cases& cases) {
  append_decode(cases, 33, 80);                                      // a batch that is not a multiple of a tile
  for (const int64_t v : kVocabularies) append_decode(cases, 1, v);  // one picture at a time
  for (const int64_t n : kHeadBatches) {
    append_gemm(cases, {n, 4 * kHidden, kEmbedding, false, true}, true);  // input gates
    append_gemm(cases, {n, 4 * kHidden, kHidden, false, true}, true);     // recurrent gates
    append_gemm(cases, {4 * kHidden, kHidden, n, true, false}, false);    // their weights' gradient
    append_gemm(cases, {n, 1024, kFeatures, false, true}, true);          // the classifier before the LSTM
    append_lstm_gates<Real>(cases, n);
    append_lstm_gates<Bf16>(cases, n);
    for (const int64_t v : kVocabularies) {
      append_gemm(cases, {n, v, kHidden, false, true}, true);  // a step's logits
      append_masked_bce<Real>(cases, n, v);
      append_masked_bce<Bf16>(cases, n, v);
      append_decode(cases, n, v);
      append(cases, test::label_max_pool_cases({{kSteps, n, v}}));
      append(cases, test::embedding_cases({{n, v + 1, kEmbedding}}));
      cases.push_back(test::top_k_case({n, v, 1}, false, 0, 7));
      append_softmax_xent(cases, 10 * n, v);  // the rank model's ten steps
    }
    append(cases, test::tanh_cases({n * kHidden}));
    append(cases, test::dropout_cases({n * kHidden}));
    append(cases, test::bias_cases({{n, 4 * kHidden}}));
    append(cases, test::copy_strided_cases({{kSteps * n, kHidden, kHidden, 2 * kHidden}}));
  }
  append(cases, test::sigmoid_cases({256 * 1024}));
  append(cases, test::sgd_step_cases({kParameters}));
  append(cases, test::adam_step_cases({kParameters}));
  append(cases, test::rmsprop_step_cases({kParameters}));
  append(cases, test::sum_cases({kParameters}));
  append(cases, test::grad_norm_cases({kParameters}));
  append(cases, test::scale_cases({kParameters}));
}

BenchRow row_of(const OpCase& op_case) {
  BenchRow row;
  row.name = op_case.name;
  row.bytes = op_case.bytes;
  row.flops = op_case.flops;
  row.type = has(op_case, "_bf16") || has(op_case, "bf16=1") ? MatrixType::kBf16 : MatrixType::kFp32;
  row.make = [op_case](Device device, const Checks& checks) { return verified_op(op_case, device, checks); };
  return row;
}

bool is_library_bf16(const OpCase& row) {
  const bool library = row.name.starts_with("conv2d") || row.name.starts_with("gemm") || row.name.starts_with("linear_relu");
  return has(row, "bf16=1") || (has(row, "_bf16") && library);
}

}  // namespace

std::vector<BenchRow> op_rows(bool cuda, bool all) {
  Cases cases;
  append_backbone(cases, cuda);
  append_head(cases);
  // Skip bfloat16 products on a CPU without instructions for them.
  if (!cuda && !kernels::onednn_multiplies_bf16()) std::erase_if(cases, is_library_bf16);
  if (all) {
    for (const test::CaseTable& table : test::kCaseTables) {
      for (const OpCase& op_case : table.cases()) cases.push_back(op_case);
    }
  }
  std::vector<BenchRow> rows;
  std::set<std::string> names;
  const auto append_rows = [&](const Cases& more, bool filling) {
    for (const OpCase& op_case : more) {
      if (!names.insert(op_case.name).second) continue;
      rows.push_back(row_of(op_case));
      rows.back().filling = filling;
    }
  };
  append_rows(filling_cases(), true);
  append_rows(cases, false);
  return rows;
}

}  // namespace tagloom
