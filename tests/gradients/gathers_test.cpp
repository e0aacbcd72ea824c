// Ops whose backward scatters values to their origin (label-wise max pooling, embedding, dropout), against central differences.
#include <gtest/gtest.h>

#include "kernels/lstm/embedding.h"
#include "kernels/lstm/label_max_pool.h"
#include "kernels/math/dropout.h"
#include "kernels/math/gather_rows.h"
#include "tests/support/finite_difference.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

constexpr test::Tolerance kTolerance{1e-8, 1e-8};

TEST(LabelMaxPool, BackwardMatchesDifferences) {
  constexpr LabelMaxPoolShape kShape{4, 2, 3};
  Queue q;
  std::vector<Real> x = test::normal_array(24, 1), y(6), dx(24);
  const std::vector<Real> dy = test::normal_array(6, 2);
  std::vector<int32_t> arg(6);
  const auto loss = [&] {
    cpu::label_max_pool_forward(q, kShape, x.data(), y.data(), arg.data());
    return test::weighted_sum(y, dy);
  };
  const std::vector<double> expected = test::central_differences(x, loss);
  loss();
  cpu::label_max_pool_backward(q, kShape, dy.data(), arg.data(), dx.data(), Into::kOverwrite);
  EXPECT_TRUE(test::near("label_max_pool dx", "backward≠difference", dx, expected, kTolerance, {4, 2, 3}));
}

TEST(Embedding, BackwardMatchesDifferences) {
  constexpr EmbeddingShape kShape{5, 4, 3};
  Queue q;
  std::vector<Real> table = test::normal_array(12, 1), y(15), dtable(12);
  const std::vector<Real> dy = test::normal_array(15, 2);
  const std::vector<int32_t> id{3, 0, -1, 3, 1};
  const std::vector<double> expected = test::central_differences(table, [&] {
    cpu::gather_rows(q, kShape.n, kShape.e, table.data(), id.data(), y.data());
    return test::weighted_sum(y, dy);
  });
  cpu::embedding_backward(q, kShape, dy.data(), id.data(), dtable.data(), Into::kOverwrite);
  EXPECT_TRUE(test::near("embedding dtable", "backward≠difference", dtable, expected, kTolerance, {4, 3}));
}

TEST(Dropout, BackwardMatchesDifferences) {
  constexpr RandomKey kKey{5, 6};
  Queue q;
  std::vector<Real> x = test::normal_array(30, 1), y(30), dx(30);
  const std::vector<Real> dy = test::normal_array(30, 2);
  const std::vector<double> expected = test::central_differences(x, [&] {
    cpu::dropout_forward(q, 30, 0.4, kKey, x.data(), y.data());
    return test::weighted_sum(y, dy);
  });
  cpu::dropout_backward(q, 30, 0.4, kKey, dy.data(), dx.data(), Into::kOverwrite);
  EXPECT_TRUE(test::near("dropout dx", "backward≠difference", dx, expected, kTolerance));
}

}  // namespace
}  // namespace tagloom::kernels
