// Ops on rows and columns of matrices: concat, stack and slice copy rectangles between row pitches, embedding looks up rows of a
// table by id, and normalize_rows scales rows to norm 1.
#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/lstm/embedding.h"
#include "kernels/math/copy_strided.h"
#include "kernels/math/gather_rows.h"
#include "kernels/math/normalize_rows.h"

namespace tagloom {

using kernels::Into;

Var concat_columns(const std::vector<Var>& parts) {
  TL_CHECK(!parts.empty(), "[concat] needs at least one part");
  const int64_t rows = parts[0].size(0);
  int64_t columns = 0;
  std::vector<int64_t> widths;
  for (const Var& part : parts) {
    TL_CHECK(part.rank() == 2 && part.size(0) == rows, "[concat] parts {} and {} have different numbers of rows",
             parts[0].shape(), part.shape());
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
  TL_CHECK(x.rank() == 2 && begin >= 0 && begin <= end && end <= x.size(1), "[slice] {} to {} are not columns of {}", begin, end,
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

Var embedding(const Var& table, const Tensor& id, DType dtype) {
  TL_CHECK(table.rank() == 2 && id.rank() == 1 && id.dtype() == DType::kInt32, "[embedding] table is {}, id is {} {}",
           table.shape(), dtype_name(id.dtype()), id.shape());
  TL_CHECK(table.value().dtype() == DType::kReal, "[embedding] the table is {}: it must be {} for any type of rows",
           dtype_name(table.value().dtype()), dtype_name(DType::kReal));
  const kernels::EmbeddingShape shape{id.size(0), table.size(0), table.size(1)};
  Tensor y = table.tape().empty(table.device(), {shape.n, shape.e}, dtype);
  return on_storage(dtype, "embedding", [&](auto type) {
    using T = decltype(type);
    const Tensor& rows = std::is_same_v<T, Real> ? table.value() : table.rounded();
    TL_ON(table.queue(), gather_rows(table.queue(), shape.n, shape.e, rows.data<T>(), id.data<int32_t>(), y.data<T>()));
    return table.tape().record("embedding", {table}, y, [shape, id](Backward& b) {
      TL_ON(b.queue(),
            embedding_backward(b.queue(), shape, b.doutput(0).data<T>(), id.data<int32_t>(), b.dinput(0).data(), b.into(0)));
    });
  });
}

Var normalize_rows(const Var& x) {
  TL_CHECK(x.rank() == 2, "[normalize_rows] needs [rows, cols], got {}", x.shape());
  const int64_t rows = x.size(0), cols = x.size(1);
  Tensor y = x.tape().empty(x.device(), x.shape()), norm = x.tape().empty(x.device(), {rows});
  TL_ON(x.queue(), normalize_rows_forward(x.queue(), rows, cols, x.data(), y.data(), norm.data()));
  return x.tape().record("normalize_rows", {x}, y, [rows, cols, norm](Backward& b) {
    TL_ON(b.queue(), normalize_rows_backward(b.queue(), rows, cols, b.output(0).data(), norm.data(), b.doutput(0).data(),
                                             b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace tagloom
