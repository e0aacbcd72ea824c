#pragma once
// The autograd tape: a flat list of computed ops, walked backwards for gradients.
//
//   Tape tape;                                   // Tape(Tape::kForwardOnly) records nothing
//   Var y = relu(linear(tape.constant(x), weight, bias));
//   tape.backward(loss);                         // adds to Parameter::grad of every trainable parameter used
//
// A Var is a handle into its tape. Values and gradients of a step live in an arena that the tape leases: read what you need
// (item(), to_vector(), clone()) before the tape is destroyed.
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/core/arena.h"
#include "engine/tape/parameter.h"
#include "kernels/base/philox.h"

namespace tagloom {

class Tape;

class Var {
 public:
  Var() = default;
  bool defined() const { return tape_ != nullptr; }
  Tape& tape() const { return *tape_; }
  const Tensor& value() const;
  const Tensor& rounded() const;  // value() in bfloat16: a parameter's kept copy, or one made on first use
  const Shape& shape() const { return value().shape(); }
  int64_t size(int axis) const { return value().size(axis); }
  int rank() const { return value().rank(); }
  Device device() const { return value().device(); }
  kernels::Queue& queue() const { return value().queue(); }
  template <class T = Real>
  T* data() const {
    return value().template data<T>();
  }

 private:
  friend class Tape;
  friend class Backward;
  Var(Tape* tape, int slot) : tape_(tape), slot_(slot) {}
  Tape* tape_ = nullptr;
  int slot_ = -1;
};

// A backward rule's view of its op: values and gradients. A rule writes every wanted dinput(i), in the order of inputs, with
// into(i), so that gradients of a value used twice are summed.
class Backward {
 public:
  const Tensor& input(int i) const;
  const Tensor& output(int i) const;
  bool has_doutput(int i) const;       // false: the loss does not depend on this output
  const Tensor& doutput(int i) const;  // requires has_doutput(i)
  Tensor take_doutput(int i);          // takes ownership: the rule may overwrite it, and grad() of that output becomes undefined
  bool wants(int i) const;             // whether the gradient of input i is needed
  Tensor dinput(int i);                // requires wants(i); allocated on first use
  kernels::Into into(int i) const;     // kOverwrite for the first gradient written, else kAdd
  // Adds dy^T x to the gradient of input i: dy [N,M], x [N,K] -> [M,K], both Real or both bf16. For a parameter that several ops
  // multiply by, such as an LSTM's steps, all these products are computed as one at the end of backward(); until then dy and x
  // must not change.
  void add_product(int i, const Tensor& dy, const Tensor& x);
  Tensor scratch(Shape shape, DType dtype = DType::kReal);
  kernels::Queue& queue() const;

 private:
  friend class Tape;
  struct Node;
  Backward(Tape& tape, int node) : tape_(tape), node_(node) {}
  Tape& tape_;
  int node_;
};

// Resources that a training loop lends to its tapes, so that steps can be recorded and repeated.
struct TapeLoan {
  Arena* arena = nullptr;                 // null: the tape leases one
  const uint64_t* step_number = nullptr;  // `step` in device memory, for kernels that draw random numbers; null: passed by value
  bool recorded = false;                  // true: rejects host values and random draws, which would be repeated with the step
};

using BackwardRule = std::function<void(Backward&)>;

class Tape {
 public:
  enum Mode { kRecord, kForwardOnly };

  // `seed` and `step` key the random numbers, such as dropout masks: the same pair gives the same masks on every device.
  explicit Tape(Mode mode = kRecord, uint64_t seed = 0, uint64_t step = 0, const TapeLoan& loan = {})
      : mode_(mode), seed_(seed), step_(step), loan_(loan), arena_(loan.arena) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  bool recording() const { return mode_ == kRecord; }
  bool training() const { return mode_ == kRecord; }  // dropout and batch-norm follow this

  Var constant(Tensor value);                                            // has no gradient
  Var variable(Tensor value);                                            // has a gradient, readable with grad()
  Var parameter(Parameter& parameter);                                   // returns the same Var each time for one parameter
  Tensor empty(Device device, Shape shape, DType dtype = DType::kReal);  // in the tape's arena
  template <class T>
  Tensor from(const std::vector<T>& values, Shape shape, Device device) {  // copies host values to the tape's arena
    refuse_if_recorded("values from the host");
    Tensor tensor = empty(device, std::move(shape), DTypeOf<T>::value);
    tensor.write(values.data(), values.size());
    return tensor;
  }
  Var zeros(Device device, Shape shape);
  // Mixed precision: from now on linear(), lstm_gates() and lstm_decode() multiply bfloat16 copies of their inputs, weights and
  // output gradients. Sums, results, the gradients of parameters and everything else stay Real.
  void set_mixed_precision(bool on);
  bool mixed_precision() const { return mixed_precision_; }
  // A new random stream for each op of the step: for draws on the host, and in kernels.
  RandomKey next_random_key();
  OpKey next_op_key();

  // Appends an op with its computed outputs; `rule` is kept only if an input needs a gradient.
  std::vector<Var> record(std::string_view name, std::vector<Var> inputs, std::vector<Tensor> outputs, BackwardRule rule);
  Var record(std::string_view name, std::vector<Var> inputs, Tensor output, BackwardRule rule);

  void backward(const Var& loss);            // loss: one number
  const Tensor& grad(const Var& var) const;  // after backward(); undefined if there is none
  size_t arena_bytes() const { return arena_ != nullptr ? arena_->bytes_used() : 0; }

 private:
  friend class Var;
  friend class Backward;
  struct Slot {
    Tensor value;
    Tensor grad;
    Tensor rounded;
    bool needs_grad = false;
    bool grad_written = false;
    bool is_parameter = false;
    std::vector<std::pair<Tensor, Tensor>> products;  // [N,M], [N,K]: for a parameter, products to add to grad
  };
  struct Node {
    std::string_view name;
    std::vector<int> inputs, outputs;
    BackwardRule rule;
  };
  Var add_slot(Tensor value, bool needs_grad);
  void multiply_out(Slot& slot);
  void refuse_if_recorded(const char* what) const;

  Mode mode_;
  uint64_t seed_, step_, random_ops_ = 0;
  TapeLoan loan_;
  std::optional<ArenaLease> lease_;
  Arena* arena_;
  std::deque<Slot> slots_;
  std::vector<Node> nodes_;
  std::vector<std::pair<Parameter*, int>> parameter_slots_;
  bool mixed_precision_ = false;
};

}  // namespace tagloom
