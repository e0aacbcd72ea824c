// concat, stack and slice: rectangles copied from one row pitch to another, and back for gradients.
#include "kernels/math/copy_strided.h"

#include "engine/ops/ops.h"

namespace tagloom {

using kernels::Into;

Var concat_columns(const std::vector<Var>& parts) {
  TL_CHECK(!parts.empty(), "[concat] needs at least one part");
  const int64_t rows = parts[0].size(0);
  int64_t columns = 0;
  std::vector<int64_t> widths;
  for (const Var& part : parts) {
    TL_CHECK(part.rank() == 2 && part.size(0) == rows, "[concat] parts {} and {} differ in rows", parts[0].shape(), part.shape());
    widths.push_back(part.size(1));
    columns += part.size(1);
  }
  Tape& tape = parts[0].tape();
  Tensor y = tape.empty(parts[0].device(), {rows, columns});
  int64_t offset = 0;
  for (const Var& part : parts) {
    TL_ON(part.queue(), copy_strided(part.queue(), rows, part.size(1), part.size(1), columns, part.data(), y.data() + offset,
                                     Into::kOverwrite));
    offset += part.size(1);
  }
  return tape.record("concat", parts, y, [rows, columns, widths](Backward& b) {
    int64_t offset = 0;
    for (size_t i = 0; i < widths.size(); ++i) {
      const int input = static_cast<int>(i);
      if (b.wants(input)) {
        TL_ON(b.queue(), copy_strided(b.queue(), rows, widths[i], columns, widths[i], b.doutput(0).data() + offset,
                                      b.dinput(input).data(), b.into(input)));
      }
      offset += widths[i];
    }
  });
}

Var stack_steps(const std::vector<Var>& steps) {
  TL_CHECK(!steps.empty(), "[stack] needs at least one step");
  const int64_t n = steps[0].value().count();
  const int64_t count = static_cast<int64_t>(steps.size());
  Shape shape = steps[0].shape();
  shape.insert(shape.begin(), count);
  Tape& tape = steps[0].tape();
  Tensor y = tape.empty(steps[0].device(), std::move(shape));
  for (int64_t t = 0; t < count; ++t) {
    TL_CHECK(steps[t].shape() == steps[0].shape(), "[stack] steps {} and {} differ", steps[0].shape(), steps[t].shape());
    TL_ON(y.queue(), copy_strided(y.queue(), 1, n, n, n, steps[t].data(), y.data() + t * n, Into::kOverwrite));
  }
  return tape.record("stack", steps, y, [n, count](Backward& b) {
    for (int t = 0; t < count; ++t) {
      if (b.wants(t))
        TL_ON(b.queue(), copy_strided(b.queue(), 1, n, n, n, b.doutput(0).data() + t * n, b.dinput(t).data(), b.into(t)));
    }
  });
}

Var slice_columns(const Var& x, int64_t begin, int64_t end) {
  TL_CHECK(x.rank() == 2 && begin >= 0 && begin <= end && end <= x.size(1), "[slice] columns {} to {} of {}", begin, end,
           x.shape());
  const int64_t rows = x.size(0), columns = x.size(1), width = end - begin;
  Tensor y = x.tape().empty(x.device(), {rows, width});
  TL_ON(x.queue(), copy_strided(x.queue(), rows, width, columns, width, x.data() + begin, y.data(), Into::kOverwrite));
  return x.tape().record("slice", {x}, y, [=](Backward& b) {
    Tensor dx = b.dinput(0);
    if (b.into(0) == Into::kOverwrite) dx.zero();
    TL_ON(b.queue(), copy_strided(b.queue(), rows, width, width, columns, b.doutput(0).data(), dx.data() + begin, Into::kAdd));
  });
}

}  // namespace tagloom
