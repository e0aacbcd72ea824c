// Records ops, and walks them backwards.
#include "engine/tape/tape.h"

#include <utility>

#include "engine/tape/product.h"
#include "kernels/math/arithmetic.h"
#include "kernels/math/cast.h"

namespace tagloom {

using kernels::Into;

namespace {

// grad = dy^T x, or grad += dy^T x.
void multiply(const Tensor& dy, const Tensor& x, const Tensor& grad, Into into) {
  product(grad.queue(), {dy.size(1), x.size(1), dy.size(0), true, false}, dy, x, grad.data(), into);
}

}  // namespace

const Tensor& Var::value() const { return tape_->slots_[slot_].value; }

const Tensor& Var::rounded() const {
  Tensor& rounded = tape_->slots_[slot_].rounded;
  if (!rounded.defined()) {
    rounded = tape_->empty(device(), shape(), DType::kBf16);
    TL_ON(queue(), cast(queue(), value().count(), data(), rounded.data<Bf16>()));
  }
  return rounded;
}

Var Tape::add_slot(Tensor value, bool needs_grad) {
  slots_.push_back({std::move(value), {}, {}, needs_grad, false, false, {}});
  return Var(this, static_cast<int>(slots_.size()) - 1);
}

Var Tape::constant(Tensor value) { return add_slot(std::move(value), false); }
Var Tape::variable(Tensor value) { return add_slot(std::move(value), recording()); }

Var Tape::parameter(Parameter& parameter) {
  for (const auto& [known, slot] : parameter_slots_) {
    if (known == &parameter) return Var(this, slot);
  }
  const Var var = add_slot(parameter.value, recording() && parameter.trainable);
  slots_.back().rounded = parameter.rounded;
  slots_.back().is_parameter = true;
  if (slots_.back().needs_grad) {
    parameter.ensure_grad();
    slots_.back().grad = parameter.grad;
    slots_.back().grad_written = true;  // adds to the existing gradient
  }
  parameter_slots_.emplace_back(&parameter, var.slot_);
  return var;
}

Tensor Tape::empty(Device device, Shape shape, DType dtype) {
  if (arena_ == nullptr) arena_ = &*lease_.emplace(device);
  TL_CHECK(arena_->device() == device,
           "[tape] has values on {}, got a request for {}: move the model and the batch to one device", arena_->device().name(),
           device.name());
  return arena_->empty(std::move(shape), dtype);
}

Var Tape::zeros(Device device, Shape shape) {
  Tensor tensor = empty(device, std::move(shape));
  tensor.zero();
  return constant(tensor);
}

void Tape::set_mixed_precision(bool on) {
  TL_CHECK(!on || sizeof(Real) == sizeof(float), "[tape] mixed precision requires Real = float");
  mixed_precision_ = on;
}

void Tape::refuse_if_recorded(const char* what) const {
  TL_CHECK_AS(ErrorKind::kInternal, !loan_.recorded, "[tape] a recorded step cannot use {}, which would be repeated with it",
              what);
}

RandomKey Tape::next_random_key() {
  refuse_if_recorded("random numbers from the host");
  return {seed_, random_stream(step_, ++random_ops_)};
}

OpKey Tape::next_op_key() {
  ++random_ops_;
  if (loan_.step_number == nullptr) return RandomKey{seed_, random_stream(step_, random_ops_)};
  return {seed_, loan_.step_number, random_ops_};
}

std::vector<Var> Tape::record(std::string_view name, std::vector<Var> inputs, std::vector<Tensor> outputs, BackwardRule rule) {
  bool needs_grad = false;
  for (const Var& input : inputs) {
    TL_CHECK(input.tape_ == this, "[{}] its inputs belong to different tapes", name);
    needs_grad = needs_grad || slots_[input.slot_].needs_grad;
  }
  std::vector<Var> vars;
  for (Tensor& output : outputs) vars.push_back(add_slot(std::move(output), needs_grad));
  if (needs_grad) {
    Node node{name, {}, {}, std::move(rule)};
    for (const Var& input : inputs) node.inputs.push_back(input.slot_);
    for (const Var& var : vars) node.outputs.push_back(var.slot_);
    nodes_.push_back(std::move(node));
  }
  return vars;
}

Var Tape::record(std::string_view name, std::vector<Var> inputs, Tensor output, BackwardRule rule) {
  return record(name, std::move(inputs), std::vector<Tensor>{std::move(output)}, std::move(rule))[0];
}

void Tape::backward(const Var& loss) {
  TL_CHECK(recording(), "[backward] this tape is forward-only and recorded nothing");
  TL_CHECK(loss.tape_ == this && loss.value().count() == 1, "[backward] needs one number of this tape, got {}", loss.shape());
  Slot& start = slots_[loss.slot_];
  if (!start.needs_grad) return;
  start.grad = empty(loss.device(), loss.shape());
  TL_ON(loss.queue(), fill(loss.queue(), 1, Real(1), start.grad.data()));
  start.grad_written = true;
  for (int n = static_cast<int>(nodes_.size()) - 1; n >= 0; --n) {
    bool reached = false;
    for (int slot : nodes_[n].outputs) reached = reached || slots_[slot].grad_written;
    if (!reached) continue;
    Backward view(*this, n);
    nodes_[n].rule(view);
    for (int slot : nodes_[n].inputs) {
      if (slots_[slot].needs_grad && slots_[slot].grad.defined()) slots_[slot].grad_written = true;
    }
  }
  for (const auto& [parameter, slot] : parameter_slots_) multiply_out(slots_[slot]);
}

void Tape::multiply_out(Slot& slot) {
  const auto products = std::exchange(slot.products, {});
  if (products.empty()) return;
  if (products.size() == 1) return multiply(products[0].first, products[0].second, slot.grad, Into::kAdd);
  int64_t rows = 0;
  for (const auto& [dy, x] : products) rows += dy.size(0);
  const Tensor &first_dy = products[0].first, &first_x = products[0].second;
  const Tensor all_dy = empty(first_dy.device(), {rows, first_dy.size(1)}, first_dy.dtype());
  const Tensor all_x = empty(first_x.device(), {rows, first_x.size(1)}, first_x.dtype());
  int64_t row = 0;
  for (const auto& [dy, x] : products) {
    all_dy.rows(row, row + dy.size(0)).copy_from(dy);
    all_x.rows(row, row + dy.size(0)).copy_from(x);
    row += dy.size(0);
  }
  multiply(all_dy, all_x, slot.grad, Into::kAdd);
}

const Tensor& Tape::grad(const Var& var) const { return slots_[var.slot_].grad; }

const Tensor& Backward::input(int i) const { return tape_.slots_[tape_.nodes_[node_].inputs[i]].value; }
const Tensor& Backward::output(int i) const { return tape_.slots_[tape_.nodes_[node_].outputs[i]].value; }
bool Backward::has_doutput(int i) const { return tape_.slots_[tape_.nodes_[node_].outputs[i]].grad_written; }
const Tensor& Backward::doutput(int i) const { return tape_.slots_[tape_.nodes_[node_].outputs[i]].grad; }
Tensor Backward::take_doutput(int i) { return std::exchange(tape_.slots_[tape_.nodes_[node_].outputs[i]].grad, {}); }
bool Backward::wants(int i) const { return tape_.slots_[tape_.nodes_[node_].inputs[i]].needs_grad; }

Tensor Backward::dinput(int i) {
  Tape::Slot& slot = tape_.slots_[tape_.nodes_[node_].inputs[i]];
  if (!slot.grad.defined()) slot.grad = tape_.empty(slot.value.device(), slot.value.shape(), slot.value.dtype());
  return slot.grad;
}

Into Backward::into(int i) const {
  const std::vector<int>& inputs = tape_.nodes_[node_].inputs;
  if (tape_.slots_[inputs[i]].grad_written) return Into::kAdd;
  for (int j = 0; j < i; ++j) {
    if (inputs[j] == inputs[i]) return Into::kAdd;  // a value used twice: the earlier input wrote first
  }
  return Into::kOverwrite;
}

void Backward::add_product(int i, const Tensor& dy, const Tensor& x) {
  Tape::Slot& slot = tape_.slots_[tape_.nodes_[node_].inputs[i]];
  if (!slot.is_parameter) return multiply(dy, x, dinput(i), into(i));
  if (!slot.products.empty() && slot.products[0].first.dtype() != dy.dtype()) tape_.multiply_out(slot);
  slot.products.emplace_back(dy, x);
}

Tensor Backward::scratch(Shape shape, DType dtype) { return tape_.empty(input(0).device(), std::move(shape), dtype); }
kernels::Queue& Backward::queue() const { return input(0).queue(); }

}  // namespace tagloom
