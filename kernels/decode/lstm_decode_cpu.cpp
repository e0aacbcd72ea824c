#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/base/bfloat16.h"
#include "kernels/decode/lstm_decode.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// Batch rows that a thread processes together through all steps. Their states are interleaved ([unit][lane]): each weight is read
// once for all of them, and a row's sums do not depend on its neighbours.
constexpr int kLanes = 8;
using Lanes = Real[kLanes];

Real sigmoid(Real x) { return Real(1) / (Real(1) + std::exp(-x)); }

Real rounded(Real x, bool bf16) { return bf16 ? static_cast<Real>(static_cast<float>(Bf16(static_cast<float>(x)))) : x; }

// sums[r] = (row r of four) . h, for every lane; four sums in flight hide the latency of an addition.
void four_products(const Real* const rows[4], int64_t d, const Lanes* h, Lanes sums[4]) {
  const Real *w0 = rows[0], *w1 = rows[1], *w2 = rows[2], *w3 = rows[3];
  Lanes s0 = {}, s1 = {}, s2 = {}, s3 = {};
  for (int64_t k = 0; k < d; ++k) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) {
      s0[lane] += w0[k] * h[k][lane];
      s1[lane] += w1[k] * h[k][lane];
      s2[lane] += w2[k] * h[k][lane];
      s3[lane] += w3[k] * h[k][lane];
    }
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    sums[0][lane] = s0[lane];
    sums[1][lane] = s1[lane];
    sums[2][lane] = s2[lane];
    sums[3][lane] = s3[lane];
  }
}

// Rows first .. first + kLanes - 1 of the batch; rows past its end are computed as zeros and not written.
class RowsSideBySide {
 public:
  RowsSideBySide(const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out, int64_t first)
      : s_(shape),
        in_(in),
        out_(out),
        first_(first),
        count_(static_cast<int>(std::min<int64_t>(kLanes, shape.n - first))),
        state_(3 * shape.d * kLanes),
        logits_(kLanes * shape.v),
        said_(shape.exclude_emitted ? kLanes * shape.v : 0) {
    h_ = reinterpret_cast<Lanes*>(state_.data());
    h_next_ = h_ + shape.d;
    c_ = h_next_ + shape.d;
    for (int lane = 0; lane < count_; ++lane) {
      for (int64_t j = 0; j < s_.d; ++j) {
        if (in.h0) h_[j][lane] = rounded(in.h0[(first + lane) * s_.d + j], s_.bf16);
        if (in.c0) c_[j][lane] = in.c0[(first + lane) * s_.d + j];
      }
      row_[lane] = s_.feed == Feed::kWinner ? s_.v : first + lane;
    }
  }

  void step(int64_t t) {
    for (int64_t j = 0; j < s_.d; ++j) update_unit(t, j);
    std::swap(h_, h_next_);
    for (int64_t v = 0; v < s_.v; v += 4) project(v);
    for (int lane = 0; lane < count_; ++lane) emit(t, lane);
  }

 private:
  void update_unit(int64_t t, int64_t j) {
    const int64_t d = s_.d;
    const Real* const rows[4] = {in_.weight_hh + j * d, in_.weight_hh + (d + j) * d, in_.weight_hh + (2 * d + j) * d,
                                 in_.weight_hh + (3 * d + j) * d};
    Lanes pre[4];
    four_products(rows, d, h_, pre);
    for (int lane = 0; lane < count_; ++lane) {
      for (int gate = 0; gate < 4 && row_[lane] >= 0; ++gate) {
        pre[gate][lane] += in_.input_gates[(row_[lane] * 4 + gate) * d + j];
      }
      const Real i = sigmoid(pre[0][lane]), f = sigmoid(pre[1][lane]), g = std::tanh(pre[2][lane]), o = sigmoid(pre[3][lane]);
      const Real cell = f * c_[j][lane] + i * g, hidden = o * std::tanh(cell);
      c_[j][lane] = cell;
      h_next_[j][lane] = rounded(hidden, s_.bf16);
      const int64_t at = t * s_.n + first_ + lane;
      if (out_.gates) {
        const Real gates[4] = {i, f, g, o};
        for (int gate = 0; gate < 4; ++gate) out_.gates[(at * 4 + gate) * d + j] = gates[gate];
      }
      if (out_.c) out_.c[at * d + j] = cell;
      if (out_.h) out_.h[at * d + j] = hidden;
    }
  }

  void project(int64_t v) {
    const Real* rows[4];
    for (int r = 0; r < 4; ++r) rows[r] = in_.weight_out + std::min(v + r, s_.v - 1) * s_.d;
    Lanes sums[4];
    four_products(rows, s_.d, h_, sums);
    for (int r = 0; r < 4 && v + r < s_.v; ++r) {
      for (int lane = 0; lane < count_; ++lane) logits_[lane * s_.v + v + r] = sums[r][lane] + in_.bias_out[v + r];
    }
  }

  void emit(int64_t t, int lane) {
    const Real* logits = logits_.data() + lane * s_.v;
    const int64_t at = t * s_.n + first_ + lane;
    int32_t best = -1;
    for (int64_t v = 0; v < s_.v; ++v) {
      const bool out = std::isnan(logits[v]) || (s_.exclude_emitted && said_[lane * s_.v + v]);
      if (!out && (best < 0 || logits[v] > logits[best])) best = static_cast<int32_t>(v);
      if (out_.logits) out_.logits[at * s_.v + v] = logits[v];
      if (out_.pooled) pool(t, (first_ + lane) * s_.v + v, logits[v]);
    }
    if (out_.emitted) out_.emitted[at] = best;
    if (s_.exclude_emitted && best >= 0) said_[lane * s_.v + best] = 1;
    if (s_.feed == Feed::kWinner) row_[lane] = best;
  }

  void pool(int64_t t, int64_t at, Real logit) {
    if (t > 0 && !(logit > out_.pooled[at])) return;
    out_.pooled[at] = logit;
    if (out_.pooled_arg) out_.pooled_arg[at] = static_cast<int32_t>(t);
  }

  const LstmDecodeShape& s_;
  const LstmDecodeInputs& in_;
  const LstmDecodeOutputs& out_;
  int64_t first_;
  int count_;
  std::vector<Real> state_, logits_;
  std::vector<uint8_t> said_;
  Lanes *h_, *h_next_, *c_;  // h is the operand of the products: rounded with bf16
  int64_t row_[kLanes];      // of input_gates; -1 for zeros
};

std::vector<Real> rounded(const Real* values, const Bf16* kept, int64_t count) {
  std::vector<Real> copy(count);
  for (int64_t i = 0; i < count; ++i) copy[i] = kept ? static_cast<Real>(static_cast<float>(kept[i])) : rounded(values[i], true);
  return copy;
}

}  // namespace

void lstm_decode(Queue&, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out) {
  check_lstm_decode(shape, out);
  LstmDecodeInputs used = in;
  std::vector<Real> weight_hh, weight_out;
  if (shape.bf16) {
    weight_hh = rounded(in.weight_hh, in.weight_hh16, 4 * shape.d * shape.d);
    weight_out = rounded(in.weight_out, in.weight_out16, shape.v * shape.d);
    used.weight_hh = weight_hh.data();
    used.weight_out = weight_out.data();
  }
#pragma omp parallel for schedule(static)
  for (int64_t first = 0; first < shape.n; first += kLanes) {
    RowsSideBySide rows(shape, used, out, first);
    for (int64_t t = 0; t < shape.t; ++t) rows.step(t);
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
