// Shapes, initial values and forward passes of the layers.
#include "engine/nn/layers.h"

#include <cmath>

#include "engine/nn/init.h"

namespace tagloom {
namespace {

RandomKey part(RandomKey key, uint64_t index) { return {key.seed, random_stream(key.stream, index)}; }

}  // namespace

Linear::Linear(int64_t in, int64_t out, bool with_bias) : with_bias_(with_bias) {
  weight.allocate({out, in});
  add("weight", weight);
  if (with_bias) {
    bias.allocate({out});
    add("bias", bias);
  }
}

Var Linear::operator()(const Var& x) {
  Tape& tape = x.tape();
  return linear(x, tape.parameter(weight), with_bias_ ? tape.parameter(bias) : Var());
}

void Linear::reset(RandomKey key) {
  const Real bound = 1 / std::sqrt(static_cast<Real>(weight.value.size(1)));
  init_uniform(weight, part(key, 0), bound);
  if (with_bias_) init_uniform(bias, part(key, 1), bound);
}

Conv2d::Conv2d(const Conv2dSettings& settings) : settings_(settings) {
  weight.allocate({settings.out, settings.size, settings.size, settings.in / settings.groups});
  add("weight", weight);
  if (settings.bias) {
    bias.allocate({settings.out});
    add("bias", bias);
  }
}

Var Conv2d::operator()(const Var& x) {
  Tape& tape = x.tape();
  return conv2d(x, tape.parameter(weight), settings_.bias ? tape.parameter(bias) : Var(),
                {.stride = settings_.stride, .padding = settings_.padding, .groups = settings_.groups});
}

void Conv2d::reset(RandomKey key) {
  init_normal(weight, part(key, 0), std::sqrt(Real(2) / (settings_.out * settings_.size * settings_.size)));
  if (settings_.bias) init_constant(bias, 0);
}

BatchNorm::BatchNorm(int64_t channels, BatchNormOptions given) : options(given) {
  weight.allocate({channels});
  bias.allocate({channels});
  running_mean = Tensor::zeros({channels});
  running_var = Tensor::zeros({channels});
  add("weight", weight);
  add("bias", bias);
  add_buffer("running_mean", running_mean);
  add_buffer("running_var", running_var);
  reset({});
}

Var BatchNorm::operator()(const Var& x, const AfterNorm& after) {
  Tape& tape = x.tape();
  return batch_norm(x, tape.parameter(weight), tape.parameter(bias), running_mean, running_var, options, frozen, after);
}

void BatchNorm::reset(RandomKey) {
  init_constant(weight, 1);
  init_constant(bias, 0);
  running_mean.zero();
  const std::vector<Real> ones(running_var.count(), Real(1));
  running_var.write(ones.data(), ones.size());
}

Embedding::Embedding(int64_t rows, int64_t width) {
  weight.allocate({rows, width});
  add("weight", weight);
}

Var Embedding::operator()(Tape& tape, const Tensor& id) { return embedding(tape.parameter(weight), id); }

void Embedding::reset(RandomKey key) { init_normal(weight, part(key, 0), 1); }

LstmCell::LstmCell(int64_t input, int64_t hidden, Real forget_bias, bool with_bias)
    : hidden_(hidden), forget_bias_(forget_bias), with_bias_(with_bias) {
  weight_ih.allocate({4 * hidden, input});
  weight_hh.allocate({4 * hidden, hidden});
  add("weight_ih", weight_ih);
  add("weight_hh", weight_hh);
  if (!with_bias) return;
  bias_ih.allocate({4 * hidden});
  bias_hh.allocate({4 * hidden});
  add("bias_ih", bias_ih);
  add("bias_hh", bias_hh);
}

Var LstmCell::input_gates(const Var& x) {
  Tape& tape = x.tape();
  return linear(x, tape.parameter(weight_ih), with_bias_ ? tape.parameter(bias_ih) : Var());
}

Var LstmCell::input_gates_with_both_biases(const Var& x) {
  Tape& tape = x.tape();
  return linear(x, tape.parameter(weight_ih), tagloom::add(tape.parameter(bias_ih), tape.parameter(bias_hh)));
}

LstmDecoded LstmCell::decode(const Var& input_gates, const LstmState& start, Linear& output, const LstmDecodeOptions& options) {
  Tape& tape = input_gates.tape();
  if (!tape.recording() && tape.mixed_precision()) {  // round once, not at every call
    weight_hh.keep_rounded();
    output.weight.keep_rounded();
  }
  return lstm_decode(input_gates, tape.parameter(weight_hh), tape.parameter(output.weight), tape.parameter(output.bias), start,
                     options);
}

LstmState LstmCell::step(const Var& input_gates, const LstmState& state) {
  Tape& tape = input_gates.tape();
  const Var bias = with_bias_ ? tape.parameter(bias_hh) : tape.zeros(input_gates.device(), {4 * hidden_});
  return lstm_gates(input_gates, state, tape.parameter(weight_hh), bias);
}

LstmState LstmCell::zero_state(Tape& tape, int64_t n) const {
  const Device device = weight_hh.value.device();
  return {tape.zeros(device, {n, hidden_}), tape.zeros(device, {n, hidden_})};
}

void LstmCell::reset(RandomKey key) {
  const Real bound = 1 / std::sqrt(static_cast<Real>(hidden_));
  Parameter* all[] = {&weight_ih, &weight_hh, &bias_ih, &bias_hh};
  for (int i = 0; i < (with_bias_ ? 4 : 2); ++i) init_uniform(*all[i], part(key, i), bound);
  if (!with_bias_) return;
  std::vector<Real> bias = bias_ih.value.to_vector();
  for (int64_t i = hidden_; i < 2 * hidden_; ++i) bias[i] += forget_bias_;
  bias_ih.write(bias);
}

}  // namespace tagloom
