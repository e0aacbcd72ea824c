#pragma once
// Every differentiable op, named after its kernel; the rules are in this folder. A shape mismatch throws Error(kUsage) that names
// the op and both shapes. batch_norm and linear_relu fuse the ops that follow them into the same kernel, so the tape keeps
// nothing in between.
#include <optional>
#include <utility>
#include <vector>

#include "engine/tape/tape.h"
#include "kernels/decode/lstm_decode.h"
#include "kernels/loss/sigmoid_masked_bce.h"
#include "kernels/loss/tag_losses.h"

namespace tagloom {

// y[N,M] = x[N,K] weight[M,K]^T + bias[M]; bias may be an undefined Var. The layout of weight is PyTorch's. If x is bf16,
// products multiply bf16 values (weight and gradients are rounded first), and their sums and y are Real. In mixed precision
// (tape.h) the same holds for a Real x, which is rounded; its gradient is Real.
Var linear(const Var& x, const Var& weight, const Var& bias);

struct FullyConnected {
  Var weight, bias;  // [M,K], [M]
};
// A stack of layers, x [N,K]: max(x weight^T + bias, 0), followed by dropout on a training tape. The last layer has no dropout,
// and no ReLU unless `last_relu`. The result equals separate linear, relu and dropout. If x is bf16, so are weights, biases, and
// the values between layers with their gradients; sums, the last layer's bias, and y are Real.
Var linear_relu(const Var& x, const std::vector<FullyConnected>& layers, Real dropout = 0, bool last_relu = true);

struct Conv2dOptions {
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  bool relu = false;  // after the bias
};
// x [N,H,W,C], filter [K,R,S,C/groups] -> [N,P,Q,K]; bias [K] may be an undefined Var.
Var conv2d(const Var& x, const Var& filter, const Var& bias, const Conv2dOptions& options);

struct BatchNormOptions {
  Real epsilon = Real(1e-5), momentum = Real(0.1);
};
// Normalises over the last axis. A training tape uses the batch's statistics and updates the running ones (PyTorch's rule,
// unbiased variance); a forward-only tape uses the running ones. `frozen` uses the running ones in training too. The ops in
// `after` run in the same pass; the tape then keeps x, y and one bit per value.
struct AfterNorm {
  Var residual;  // added; of x's shape, or undefined
  bool relu = false;
};
Var batch_norm(const Var& x, const Var& weight, const Var& bias, const Tensor& running_mean, const Tensor& running_var,
               const BatchNormOptions& options, bool frozen = false, const AfterNorm& after = {});

struct Pool2dOptions {
  int64_t size = 2, stride = 2, padding = 0;
  bool ceil_mode = false;
};
Var max_pool2d(const Var& x, const Pool2dOptions& options);
Var average_pool2d(const Var& x, const Pool2dOptions& options);  // of the window's pixels inside of the map
Var global_average_pool(const Var& x);                           // [N,H,W,C] -> [N,C]
Var adaptive_average_pool(const Var& x, int64_t size);  // [N,H,W,C] -> [N,size,size,C] (kernels/cnn/adaptive_avg_pool2d.h)

Var relu(const Var& x);
Var tanh(const Var& x);
Var signed_root(const Var& x);  // sign(x) sqrt|x|
Var sigmoid(const Var& x);
Var softmax(const Var& x);                    // [rows,columns], over the columns
Var dropout(const Var& x, Real probability);  // the identity on a forward-only tape
Var add(const Var& a, const Var& b);
Var scale(const Var& x, Real factor);
Var multiply(const Var& a, const Var& b);
Var reshape(const Var& x, Shape shape);
Var as_real(const Var& x);  // converts bf16 activations to Real; returns Real ones unchanged
Var as_bf16(const Var& x);  // rounds Real activations to bf16; returns bf16 ones unchanged

// table [V,E], id: int32 [N] on the same device; id -1 gives a row of zeros. The rows are Real, or bf16 (from the table's rounded
// copy); the table's gradient is Real and summed in float.
Var embedding(const Var& table, const Tensor& id, DType dtype = DType::kReal);

Var concat_columns(const std::vector<Var>& parts);            // [N,A], [N,B], ... -> [N,A+B+...]
Var stack_steps(const std::vector<Var>& steps);               // T of [N,V] -> [T,N,V]
Var slice_columns(const Var& x, int64_t begin, int64_t end);  // [N,C] -> [N,end-begin]

struct LstmState {
  Var h, c;  // [N,D]
};
// One LSTM step (Yan et al. 2016, Eqs 2-7). input_gates [N,4D] = W_ih x + b_ih in the order i f g o; weight_hh [4D,D].
//   gates = input_gates + h W_hh^T + b_hh;  c' = sigmoid(f) c + sigmoid(i) tanh(g);  h' = sigmoid(o) tanh(c')
// If input_gates are bf16, so are h, h', the activated gates that backward reads, the weight in products, and the gradients of
// input_gates and h. c, sums, and the gradients of c, weight_hh and bias_hh are Real. In mixed precision Real values stay Real,
// and the recurrent product multiplies bf16 copies.
LstmState lstm_gates(const Var& input_gates, const LstmState& state, const Var& weight_hh, const Var& bias_hh);

struct LstmDecodeOptions {
  int64_t steps = 1;
  kernels::Feed feed = kernels::Feed::kWinner;
  bool pool = false;  // compute `pooled`
};
struct LstmDecoded {
  Var logits;      // [T,N,V]
  Tensor emitted;  // kWinner: int32 [T,N], each step's best tag
  Tensor pooled;   // [N,V], each tag's best logit over the steps
};
// All steps of the decoding loop with a linear output layer; equals lstm_gates, linear and argmax step by step. input_gates
// includes both biases and is [V+1,4D] for kWinner, with START in the last row, or [N,4D] for kOwnRow. For kOwnRow `start` may be
// undefined, which means zeros.
LstmDecoded lstm_decode(const Var& input_gates, const Var& weight_hh, const Var& weight_out, const Var& bias_out,
                        const LstmState& start, const LstmDecodeOptions& options);
struct AttentionView {
  Var seen;      // [N,C], the weighted sum of the values
  Tensor alpha;  // Real [N,P], the attention weights
};
// Additive attention (kernels/lstm/attention.h): keys [N,P,A] and values [N,P,C] of P positions, query [N,A], weight [A].
AttentionView attention(const Var& keys, const Var& query, const Var& weight, const Var& values);

// The sum over rows of row_scale * cross-entropy(softmax(logits[row]), target[row]); target -1 masks a row. `smoothing` in [0, 1)
// spreads that part of the target's probability evenly over all classes. logits [rows,V], target int32 [rows], row_scale Real
// [rows] -> one number. For bf16 logits the loss is Real and the gradient bf16.
Var softmax_xent(const Var& logits, const Tensor& target, const Tensor& row_scale, Real smoothing = 0);

// Masked binary cross-entropy over steps (Dutta 2020, Eqs 5-7): scale * the sum over steps, pictures and tags.
// logits [T,N,V], labels uint8 [N,V], emitted int32 [T,N] (undefined with BceMask::kNone) -> one number. For bf16 logits the loss
// is Real and the gradient bf16.
Var sigmoid_masked_bce(const Var& logits, const Tensor& labels, const Tensor& emitted, kernels::BceMask mask,
                       kernels::StepGate gate, Real scale);

// Losses on sets of tags, summed over pictures: logits [N,V], labels uint8 [N,V] -> one number. The kernels' headers have the
// equations; the fields n and v of a shape are set from the logits.
Var focal_bce(const Var& logits, const Tensor& labels, kernels::FocalBceShape how, Real scale);
Var lsep(const Var& logits, const Tensor& labels, Real scale);
Var hinge_rank(const Var& logits, const Tensor& labels, kernels::HingeRankShape how, Real scale);  // samples with the tape's key

// Combines a tag's scores at P positions into its score for the picture (kernels/cnn/residual_attention.h): [N,P,V] -> [N,V].
Var residual_attention(const Var& scores, const std::vector<Real>& temperatures, Real lambda);
Var normalize_rows(const Var& x);  // [rows, cols], each row divided by its L2 norm

// The overlap of consecutive steps' weights (Ma 2018, Eq. 10): the sum over steps t >= 1 and pictures n of pair_scale[t,n] times
// the sum over i of v[t-1,n,i] v[t,n,i] where both are at least `threshold`. v [T,N,M], pair_scale Real [T,N] -> one number.
Var diversity(const Var& v, const Tensor& pair_scale, Real threshold);

Var label_max_pool(const Var& x);  // [T,N,V] -> [N,V], the maximum over steps: Real; for a bf16 x its gradient is bf16

// Not differentiable.
Tensor argmax(const Var& logits, const Tensor& excluded = {});  // [N,V] -> int32 [N]; excluded uint8 [N,V]
Var softmax_probabilities(const Var& logits);                   // for decoding; no gradient flows

// u8 [N,H,W,3] -> normalised [N,H,W,channels] (channels past 3 are zero), as dtype.
Var image_normalize(Tape& tape, const Tensor& images, int64_t channels, const float mean[3], const float std_dev[3], DType dtype);

}  // namespace tagloom
