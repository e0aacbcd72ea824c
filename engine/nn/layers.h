#pragma once
// The layers of taggers and backbones. Parameter names and initial values match PyTorch.
#include "engine/nn/module.h"
#include "engine/ops/ops.h"

namespace tagloom {

// y = x weight^T + bias; weight [out,in]. Initial values: U(-1/sqrt(in), 1/sqrt(in)).
class Linear : public Module {
 public:
  Linear(int64_t in, int64_t out, bool with_bias = true);
  Var operator()(const Var& x);
  void reset(RandomKey key) override;
  Parameter weight, bias;

 private:
  bool with_bias_;
};

struct Conv2dSettings {
  int64_t in, out, size;
  int64_t stride = 1, padding = 0;
  bool bias = true;
  int64_t groups = 1;
};
// x [N,H,W,in] -> [N,P,Q,out]; weight [out,size,size,in/groups] in memory (files hold OIHW). Initial values: He normal over fan-out.
class Conv2d : public Module {
 public:
  explicit Conv2d(const Conv2dSettings& settings);
  Var operator()(const Var& x);
  void reset(RandomKey key) override;
  const Conv2dSettings& settings() const { return settings_; }
  void set_stride(int64_t stride) { settings_.stride = stride; }  // ResNet variants put the stride in different layers
  Parameter weight, bias;

 private:
  Conv2dSettings settings_;
};

// Normalises over the last axis. Initial values: weight 1, bias 0, running mean 0, running variance 1.
class BatchNorm : public Module {
 public:
  explicit BatchNorm(int64_t channels, BatchNormOptions options = {});
  Var operator()(const Var& x, const AfterNorm& after = {});
  void reset(RandomKey key) override;
  Parameter weight, bias;
  Tensor running_mean, running_var;
  BatchNormOptions options;
  bool frozen = false;  // use the running statistics in training too
};

// One row per tag; initial values N(0,1).
class Embedding : public Module {
 public:
  Embedding(int64_t rows, int64_t width);
  Var operator()(Tape& tape, const Tensor& id);  // int32 [N] on the parameters' device
  void reset(RandomKey key) override;
  Parameter weight;
};

// weight_ih [4D,E], weight_hh [4D,D], bias_ih, bias_hh [4D], gates in the order i f g o; initially U(-1/sqrt(D), 1/sqrt(D)),
// and forget_bias is added to the forget part of bias_ih. Without biases both are zero and not parameters.
class LstmCell : public Module {
 public:
  LstmCell(int64_t input, int64_t hidden, Real forget_bias = 0, bool with_bias = true);
  Var input_gates(const Var& x);                   // [N,4D]; compute once if x is the same at every step
  Var input_gates_with_both_biases(const Var& x);  // with bias_hh, as decode() requires; needs a cell with biases
  // All steps at once (lstm_decode in engine/ops/ops.h); `output` computes the logits.
  LstmDecoded decode(const Var& input_gates, const LstmState& start, Linear& output, const LstmDecodeOptions& options);
  LstmState step(const Var& input_gates, const LstmState& state);
  LstmState zero_state(Tape& tape, int64_t n) const;
  void reset(RandomKey key) override;
  int64_t hidden() const { return hidden_; }
  Parameter weight_ih, weight_hh, bias_ih, bias_hh;

 private:
  int64_t hidden_;
  Real forget_bias_;
  bool with_bias_;
};

}  // namespace tagloom
