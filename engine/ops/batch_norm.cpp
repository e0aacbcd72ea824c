// Batch normalisation over the last axis, fused with the ops that follow it. As in PyTorch, it normalises with the biased
// variance, and the running variance is unbiased.
#include "kernels/cnn/batch_norm.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"

namespace tagloom {

Var batch_norm(const Var& x, const Var& weight, const Var& bias, const Tensor& running_mean, const Tensor& running_var,
               const BatchNormOptions& options, bool frozen, const AfterNorm& after) {
  const int64_t c = x.size(-1);
  TL_CHECK(weight.shape() == Shape{c} && bias.shape() == Shape{c} && running_mean.shape() == Shape{c},
           "[batch_norm] x is {}, weight is {}", x.shape(), weight.shape());
  const bool adds = after.residual.defined();
  TL_CHECK(!adds || after.residual.shape() == x.shape(), "[batch_norm] x is {}, the residual is {}", x.shape(),
           after.residual.shape());
  const kernels::BatchNormShape shape{c == 0 ? 0 : x.value().count() / c, c};
  const bool batch_statistics = x.tape().training() && !frozen;
  TL_CHECK(!batch_statistics || shape.rows > 1, "[batch_norm] cannot train on one row: x is {}; a batch needs two pictures",
           x.shape());
  Tape& tape = x.tape();
  std::vector<Var> inputs{x, weight, bias};
  if (adds) inputs.push_back(after.residual);
  Tensor y = tape.empty(x.device(), x.shape(), x.value().dtype());
  return on_storage(x.value().dtype(), "batch_norm", [&](auto type) {
    using T = decltype(type);
    Tensor bits;
    kernels::BatchNormTail<T> tail;
    if (adds) tail.residual = after.residual.data<T>();
    if (after.relu) {
      bits = tape.empty(x.device(), {shape.rows * kernels::mask_row_bytes<T>(c)}, DType::kByte);
      tail.bits = bits.data<uint8_t>();
    }
    Tensor mean = running_mean, spread = running_var;  // spread: the variance, or in training rstd
    if (batch_statistics) {
      mean = tape.empty(x.device(), {c}), spread = tape.empty(x.device(), {c});
      TL_ON(x.queue(),
            batch_norm_train_forward(x.queue(), shape, options.epsilon, options.momentum, x.data<T>(), weight.data(), bias.data(),
                                     running_mean.data(), running_var.data(), mean.data(), spread.data(), y.data<T>(), tail));
    } else {
      TL_ON(x.queue(), batch_norm_eval_forward(x.queue(), shape, options.epsilon, x.data<T>(), weight.data(), bias.data(),
                                               mean.data(), spread.data(), y.data<T>(), tail));
    }
    return tape.record("batch_norm", inputs, y, [=, epsilon = options.epsilon](Backward& b) {
      const auto parameter_gradient = [&](int i) { return b.wants(i) ? b.dinput(i) : b.scratch({c}); };
      Tensor dweight = parameter_gradient(1), dbias = parameter_gradient(2);
      const auto adds_to = [&](int i) { return b.wants(i) && b.into(i) == kernels::Into::kAdd; };
      const kernels::Into parameter_into = adds_to(1) || adds_to(2) ? kernels::Into::kAdd : kernels::Into::kOverwrite;
      for (const int i : {1, 2}) {  // the kernel overwrites both or adds to both
        if (parameter_into == kernels::Into::kAdd && b.wants(i) && !adds_to(i)) b.dinput(i).zero();
      }
      T* dx = b.wants(0) ? b.dinput(0).data<T>() : nullptr;
      kernels::BatchNormTailGradient<T> tail;
      if (bits.defined()) tail.bits = bits.data<uint8_t>();
      if (adds && b.wants(3)) {
        tail.dresidual = b.dinput(3).data<T>();
        tail.dresidual_into = b.into(3);
      }
      const T *x = b.input(0).data<T>(), *dy = b.doutput(0).data<T>();
      const Real* weight = b.input(1).data();
      if (batch_statistics) {
        TL_ON(b.queue(), batch_norm_train_backward(b.queue(), shape, x, dy, weight, mean.data(), spread.data(), dx,
                                                   dweight.data(), dbias.data(), b.into(0), parameter_into, tail));
      } else {
        TL_ON(b.queue(), batch_norm_eval_backward(b.queue(), shape, epsilon, x, dy, weight, mean.data(), spread.data(), dx,
                                                  dweight.data(), dbias.data(), b.into(0), parameter_into, tail));
      }
    });
  });
}

}  // namespace tagloom
