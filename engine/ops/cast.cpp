// Between bfloat16 activations and Real ones; a gradient that goes to bfloat16 is rounded.
#include "kernels/math/cast.h"

#include "engine/ops/ops.h"
#include "kernels/math/add.h"

namespace tagloom {

Var as_real(const Var& x) {
  if (x.value().dtype() == DType::kReal) return x;
  if constexpr (sizeof(Real) == sizeof(float)) {
    const int64_t n = x.value().count();
    Tensor y = x.tape().empty(x.device(), x.shape());
    TL_ON(x.queue(), cast(x.queue(), n, x.data<Bf16>(), y.data()));
    return x.tape().record("cast", {x}, y, [n](Backward& b) {
      if (b.into(0) == kernels::Into::kOverwrite) {
        TL_ON(b.queue(), cast(b.queue(), n, b.doutput(0).data(), b.dinput(0).data<Bf16>()));
        return;
      }
      const Tensor term = b.scratch(b.input(0).shape(), DType::kBf16);
      TL_ON(b.queue(), cast(b.queue(), n, b.doutput(0).data(), term.data<Bf16>()));
      TL_ON(b.queue(), accumulate(b.queue(), n, term.data<Bf16>(), b.dinput(0).data<Bf16>()));
    });
  } else {
    fail(ErrorKind::kUsage, "[cast] has no kernel for {}", dtype_name(x.value().dtype()));
  }
}

Var as_bf16(const Var& x) {
  if (x.value().dtype() == DType::kBf16) return x;
  if constexpr (sizeof(Real) == sizeof(float)) {
    const int64_t n = x.value().count();
    Tensor y = x.tape().empty(x.device(), x.shape(), DType::kBf16);
    TL_ON(x.queue(), cast(x.queue(), n, x.data(), y.data<Bf16>()));
    return x.tape().record("cast", {x}, y, [n](Backward& b) {
      if (b.into(0) == kernels::Into::kOverwrite) {
        TL_ON(b.queue(), cast(b.queue(), n, b.doutput(0).data<Bf16>(), b.dinput(0).data()));
        return;
      }
      const Tensor term = b.scratch(b.input(0).shape());
      TL_ON(b.queue(), cast(b.queue(), n, b.doutput(0).data<Bf16>(), term.data()));
      TL_ON(b.queue(), accumulate(b.queue(), n, term.data(), b.dinput(0).data()));
    });
  } else {
    fail(ErrorKind::kUsage, "[cast] has no kernel for {}", dtype_name(x.value().dtype()));
  }
}

}  // namespace tagloom
