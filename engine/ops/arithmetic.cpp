// Sums, products, casts and reshapes.
#include "kernels/math/arithmetic.h"
#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/math/cast.h"

namespace tagloom {

using kernels::Into;

namespace {

// dx = dy, or dx += dy.
template <class T>
void pass_gradient(Backward& b, int input) {
  const Tensor& dy = b.doutput(0);
  Tensor dx = b.dinput(input);
  if (b.into(input) == Into::kAdd) {
    TL_ON(b.queue(), accumulate(b.queue(), dy.count(), dy.data<T>(), dx.data<T>()));
  } else {
    dx.view(dy.shape()).copy_from(dy);
  }
}

}  // namespace

Var add(const Var& a, const Var& b) {
  TL_CHECK(a.shape() == b.shape(), "[add] shapes {} and {} differ", a.shape(), b.shape());
  Tensor y = a.tape().empty(a.device(), a.shape(), a.value().dtype());
  return on_storage(a.value().dtype(), "add", [&](auto type) {
    using T = decltype(type);
    TL_ON(a.queue(), add(a.queue(), y.count(), a.data<T>(), b.data<T>(), y.data<T>()));
    return a.tape().record("add", {a, b}, y, [](Backward& back) {
      for (int i = 0; i < 2; ++i) {
        if (back.wants(i)) pass_gradient<T>(back, i);
      }
    });
  });
}

Var scale(const Var& x, Real factor) {
  const int64_t n = x.value().count();
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), scale(x.queue(), n, factor, x.data(), y.data(), Into::kOverwrite));
  return x.tape().record("scale", {x}, y, [n, factor](Backward& b) {
    TL_ON(b.queue(), scale(b.queue(), n, factor, b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

Var multiply(const Var& a, const Var& b) {
  TL_CHECK(a.shape() == b.shape(), "[multiply] shapes {} and {} differ", a.shape(), b.shape());
  const int64_t n = a.value().count();
  Tensor y = a.tape().empty(a.device(), a.shape());
  TL_ON(a.queue(), multiply(a.queue(), n, a.data(), b.data(), y.data(), Into::kOverwrite));
  return a.tape().record("multiply", {a, b}, y, [n](Backward& back) {
    for (int i = 0; i < 2; ++i) {
      if (!back.wants(i)) continue;
      TL_ON(back.queue(),
            multiply(back.queue(), n, back.doutput(0).data(), back.input(1 - i).data(), back.dinput(i).data(), back.into(i)));
    }
  });
}

Var reshape(const Var& x, Shape shape) {
  return x.tape().record("reshape", {x}, x.value().view(std::move(shape)), [type = x.value().dtype()](Backward& b) {
    on_storage(type, "reshape", [&](auto t) { pass_gradient<decltype(t)>(b, 0); });
  });
}

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
