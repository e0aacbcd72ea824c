#pragma once
// Cases of embedding at difficult widths, in both storage types: repeated ids, missing ids (-1), and unused rows of the table.
#include "kernels/lstm/embedding.h"
#include "kernels/math/gather_rows.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline const std::vector<kernels::EmbeddingShape> kEmbeddingShapes{{0, 3, 8},     {1, 1, 1},    {7, 3, 31},    {300, 4, 32},
                                                                   {129, 40, 33}, {5, 9, 1025}, {32, 82, 256}, {2560, 1001, 256}};

template <class T>
void add_embedding_cases(const std::vector<kernels::EmbeddingShape>& shapes, std::vector<OpCase>& cases) {
  using kernels::Into;
  const std::string type = kTypeSuffix<T>;
  for (const kernels::EmbeddingShape& shape : shapes) {
    const auto [n, v, e] = shape;
    const uint64_t seed = 7;
    const double looked_up = 1.0 * sizeof(T) * n * e;
    cases.push_back({case_name("embedding_forward" + type, {{"n", n}, {"v", v}, {"e", e}, {"seed", seed}}), kExact, 2 * looked_up,
                     0, [=](OpRun& op) -> std::function<void()> {
                       const T* table = op.input(normal_array<T>(shape.v * shape.e, seed));
                       const int32_t* id = op.input(integer_array(shape.n, seed, -1, shape.v - 1));
                       T* y = op.output<T>("y", {shape.n, shape.e});
                       return [=, &q = op.queue()] { TL_ON(q, gather_rows(q, shape.n, shape.e, table, id, y)); };
                     }});
    for (Into into : {Into::kOverwrite, Into::kAdd}) {
      const bool add = into == Into::kAdd;
      cases.push_back({case_name("embedding_backward" + type, {{"n", n}, {"v", v}, {"e", e}, {"add", add}, {"seed", seed}}),
                       kExact, looked_up + (1.0 + add) * 4 * v * e, 1.0 * n * e, [=](OpRun& op) -> std::function<void()> {
                         const T* dy = op.input(normal_array<T>(shape.n * shape.e, seed));
                         const int32_t* id = op.input(integer_array(shape.n, seed, -1, shape.v - 1));
                         Real* dtable = op.in_out("dtable", {shape.v, shape.e}, normal_array(shape.v * shape.e, seed + 1));
                         return [=, &q = op.queue()] { TL_ON(q, embedding_backward(q, shape, dy, id, dtable, into)); };
                       }});
    }
  }
}

inline std::vector<OpCase> embedding_cases(const std::vector<kernels::EmbeddingShape>& shapes = kEmbeddingShapes) {
  std::vector<OpCase> cases;
  add_embedding_cases<Real>(shapes, cases);
  add_embedding_cases<Bf16>(shapes, cases);
  return cases;
}

}  // namespace tagloom::test
