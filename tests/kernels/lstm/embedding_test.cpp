// Embedding on the CPU, against PyTorch and against literal values.
#include "kernels/lstm/embedding.h"

#include <gtest/gtest.h>

#include "kernels/math/gather_rows.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/storage.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

TEST(Embedding, MatchesPyTorch) {
  const test::Golden golden("hot_kernels_golden.txt");
  const std::vector<Real> table = golden.get<Real>("embedding.table"), dy = golden.get<Real>("embedding.dy");
  const std::vector<int32_t> id = golden.get<int32_t>("embedding.id");
  std::vector<Real> y(18), dtable(15, 1);
  Queue q;
  TL_ON_CPU(gather_rows(q, 6, 3, table.data(), id.data(), y.data()));
  TL_ON_CPU(embedding_backward(q, {6, 5, 3}, dy.data(), id.data(), dtable.data(), Into::kOverwrite));
  EXPECT_EQ(y, golden.get<Real>("embedding.y"));
  EXPECT_TRUE(
      test::near("embedding dtable", "cpu≠pytorch", dtable, golden.get<double>("embedding.dtable"), {1e-6, 1e-6}, {5, 3}));
}

TEST(Embedding, IgnoresMinusOne) {
  const std::vector<Real> table{1, 2, 3, 4}, dy{10, 20, 30, 40, 50, 60};
  const std::vector<int32_t> id{1, -1, 1};
  std::vector<Real> y(6), dtable{1, 1, 1, 1};
  Queue q;
  TL_ON_CPU(gather_rows(q, 3, 2, table.data(), id.data(), y.data()));
  TL_ON_CPU(embedding_backward(q, {3, 2, 2}, dy.data(), id.data(), dtable.data(), Into::kAdd));
  EXPECT_EQ(y, (std::vector<Real>{3, 4, 0, 0, 3, 4}));
  EXPECT_EQ(dtable, (std::vector<Real>{1, 1, 61, 81}));
}

TEST(Embedding, Bf16CopiesBitsAndSumsInFloat) {
  Queue q;
  for (const int64_t e : {1, 31, 33, 1025}) {
    const EmbeddingShape shape{40, 5, e};
    const std::vector<int32_t> id = test::integer_array(40, 1, -1, 4);
    const std::vector<Bf16> table16 = test::normal_array<Bf16>(5 * e, 2), dy16 = test::normal_array<Bf16>(40 * e, 3);
    const std::vector<Real> table = test::widened(table16), dy = test::widened(dy16);
    std::vector<Bf16> y16(40 * e, Bf16(7.0f));
    std::vector<Real> y(40 * e);
    TL_ON_CPU(gather_rows(q, shape.n, shape.e, table16.data(), id.data(), y16.data()));
    TL_ON_CPU(gather_rows(q, shape.n, shape.e, table.data(), id.data(), y.data()));
    EXPECT_EQ(test::widened(y16), y);
    for (const Into into : {Into::kOverwrite, Into::kAdd}) {
      std::vector<Real> dtable16 = test::normal_array(5 * e, 4), dtable = dtable16;
      TL_ON_CPU(embedding_backward(q, shape, dy16.data(), id.data(), dtable16.data(), into));
      TL_ON_CPU(embedding_backward(q, shape, dy.data(), id.data(), dtable.data(), into));
      EXPECT_EQ(dtable16, dtable);
    }
  }
}

}  // namespace
}  // namespace tagloom::kernels
