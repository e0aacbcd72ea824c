#pragma once
// The autograd tape: a flat list of what was computed, walked backwards for gradients.
//
//   Tape tape;                                   // Tape(Tape::kForwardOnly) records nothing
//   Var y = relu(linear(tape.constant(x), weight, bias));
//   tape.backward(loss);                         // adds to Parameter::grad of every trainable parameter used
//
// A Var is a handle into its tape. Values and gradients of a step live in an arena that the tape leases for its life:
// read what you need (item(), to_vector(), clone()) before the tape goes.
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
  const Tensor& rounded() const;  // value() in bfloat16: what an optimizer keeps of a parameter, or made when first asked for
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

// What a rule sees: the values and gradients of its op. A rule writes every dinput it wants, in the order of inputs, with
// into(i), so that gradients of a value used twice add up.
class Backward {
 public:
  const Tensor& input(int i) const;
  const Tensor& output(int i) const;
  bool has_doutput(int i) const;       // false: nothing that was differentiated used this output
  const Tensor& doutput(int i) const;  // requires has_doutput(i)
  Tensor take_doutput(int i);          // the same for good: a rule may write over it, and grad() of that output gives none
  bool wants(int i) const;             // does anything need the gradient of input i?
  Tensor dinput(int i);                // requires wants(i); allocated on first use
  kernels::Into into(int i) const;     // kOverwrite for the first gradient written, else kAdd
  // Adds dy^T x to the gradient of input i: dy [N,M], x [N,K] -> [M,K], both Real or both bf16. Of a parameter that several ops multiply
  // by, as an LSTM's steps do, all these products are made as one when backward() ends: till then dy and x may not change.
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

// What a training lends its tapes, so that a step can be recorded and repeated.
struct TapeLoan {
  Arena* arena = nullptr;                 // null: one is leased
  const uint64_t* step_number = nullptr;  // on the device: `step`, where kernels that draw numbers read it; null: they are told
  bool recorded = false;                  // what the host draws or writes in the step would be repeated too: refused
};

using BackwardRule = std::function<void(Backward&)>;

class Tape {
 public:
  enum Mode { kRecord, kForwardOnly };

  // `seed` and `step` key the random numbers of dropout: the same pair gives the same masks on every device.
  explicit Tape(Mode mode = kRecord, uint64_t seed = 0, uint64_t step = 0, const TapeLoan& loan = {})
      : mode_(mode), seed_(seed), step_(step), loan_(loan), arena_(loan.arena) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  bool recording() const { return mode_ == kRecord; }
  bool training() const { return mode_ == kRecord; }  // dropout and batch-norm follow this

  Var constant(Tensor value);                                            // no gradient flows into it
  Var variable(Tensor value);                                            // its gradient can be read with grad()
  Var parameter(Parameter& parameter);                                   // the same Var each time for one parameter
  Tensor empty(Device device, Shape shape, DType dtype = DType::kReal);  // in the step's arena
  template <class T>
  Tensor from(const std::vector<T>& values, Shape shape, Device device) {  // the host's values, in the step's arena
    refuse_if_recorded("values of the host");
    Tensor tensor = empty(device, std::move(shape), DTypeOf<T>::value);
    tensor.write(values.data(), values.size());
    return tensor;
  }
  Var zeros(Device device, Shape shape);
  // Mixed precision: from here on linear(), lstm_gates() and lstm_decode() multiply bfloat16 copies of their inputs, weights and output
  // gradients. Sums, results and the gradients of parameters stay Real, and so does all else.
  void set_mixed_precision(bool on);
  bool mixed_precision() const { return mixed_precision_; }
  // A new stream for each op of the step: for numbers that the host draws, and for a kernel's.
  RandomKey next_random_key();
  OpKey next_op_key();

  // Appends an op. `outputs` were computed already; `rule` is kept only if an input needs a gradient.
  std::vector<Var> record(std::string_view name, std::vector<Var> inputs, std::vector<Tensor> outputs, BackwardRule rule);
  Var record(std::string_view name, std::vector<Var> inputs, Tensor output, BackwardRule rule);

  void backward(const Var& loss);            // loss: one number
  const Tensor& grad(const Var& var) const;  // after backward(); undefined tensor if none flowed
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
    std::vector<std::pair<Tensor, Tensor>> products;  // [N,M], [N,K]: of a parameter, to be added to grad
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
