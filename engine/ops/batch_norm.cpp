// Batch normalisation over the last axis. The variance that normalises is biased, the running one unbiased (PyTorch).
#include "kernels/cnn/batch_norm.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"

namespace tagloom {

Var batch_norm(const Var& x, const Var& weight, const Var& bias, const Tensor& running_mean, const Tensor& running_var,
               const BatchNormOptions& options, bool frozen) {
  const int64_t c = x.size(-1);
  TL_CHECK(weight.shape() == Shape{c} && bias.shape() == Shape{c} && running_mean.shape() == Shape{c},
           "[batch_norm] x is {}, weight is {}", x.shape(), weight.shape());
  const kernels::BatchNormShape shape{c == 0 ? 0 : x.value().count() / c, c};
  const bool batch_statistics = x.tape().training() && !frozen;
  TL_CHECK(!batch_statistics || shape.rows > 1, "[batch_norm] cannot train on one row: x is {}; a batch needs two pictures",
           x.shape());
  Tape& tape = x.tape();
  Tensor y = tape.empty(x.device(), x.shape(), x.value().dtype());
  return on_storage(x.value().dtype(), "batch_norm", [&](auto type) {
    using T = decltype(type);
    if (!batch_statistics) {
      TL_ON(x.queue(), batch_norm_eval_forward(x.queue(), shape, options.epsilon, x.data<T>(), weight.data(), bias.data(),
                                               running_mean.data(), running_var.data(), y.data<T>()));
      return tape.record("batch_norm", {x, weight, bias}, y, [=, epsilon = options.epsilon](Backward& b) {
        Tensor dx = b.wants(0) ? b.dinput(0) : b.scratch(b.input(0).shape(), DTypeOf<T>::value);
        Tensor dweight = b.wants(1) ? b.dinput(1) : b.scratch({c}), dbias = b.wants(2) ? b.dinput(2) : b.scratch({c});
        TL_ON(b.queue(),
              batch_norm_eval_backward(b.queue(), shape, epsilon, b.input(0).data<T>(), b.doutput(0).data<T>(), b.input(1).data(),
                                       running_mean.data(), running_var.data(), dx.data<T>(), dweight.data(), dbias.data(),
                                       b.wants(0) ? b.into(0) : kernels::Into::kOverwrite,
                                       b.wants(1) ? b.into(1) : kernels::Into::kOverwrite));
      });
    }
    Tensor mean = tape.empty(x.device(), {c}), rstd = tape.empty(x.device(), {c});
    TL_ON(x.queue(),
          batch_norm_train_forward(x.queue(), shape, options.epsilon, options.momentum, x.data<T>(), weight.data(), bias.data(),
                                   running_mean.data(), running_var.data(), mean.data(), rstd.data(), y.data<T>()));
    return tape.record("batch_norm", {x, weight, bias}, y, [=](Backward& b) {
      Tensor dx = b.wants(0) ? b.dinput(0) : b.scratch(b.input(0).shape(), DTypeOf<T>::value);
      Tensor dweight = b.wants(1) ? b.dinput(1) : b.scratch({c}), dbias = b.wants(2) ? b.dinput(2) : b.scratch({c});
      TL_ON(b.queue(), batch_norm_train_backward(b.queue(), shape, b.input(0).data<T>(), b.doutput(0).data<T>(),
                                                 b.input(1).data(), mean.data(), rstd.data(), dx.data<T>(), dweight.data(),
                                                 dbias.data(), b.wants(0) ? b.into(0) : kernels::Into::kOverwrite,
                                                 b.wants(1) ? b.into(1) : kernels::Into::kOverwrite));
    });
  });
}

}  // namespace tagloom
