#pragma once
// Cases of matrix products: vectors, odd sizes, empty sums, a tagger's projections and gates.
#include <cmath>

#include "kernels/linear/gemm.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

template <class In, class Out>
void add_gemm_case(const std::string& type, double relative, const kernels::GemmShape& g, bool with_bias, kernels::Into into,
                   std::vector<OpCase>& cases) {
  const bool add = into == kernels::Into::kAdd;
  OpCase row{case_name("gemm" + type, {{"m", g.m},
                                       {"n", g.n},
                                       {"k", g.k},
                                       {"transpose_a", g.transpose_a},
                                       {"transpose_b", g.transpose_b},
                                       {"bias", with_bias},
                                       {"add", add},
                                       {"seed", 7}}),
             {2e-6 * std::sqrt(g.k + 1.0), relative}};
  row.bytes = 1.0 * sizeof(In) * (g.m * g.k + g.k * g.n) + 1.0 * sizeof(Out) * g.m * g.n * (add ? 2 : 1);
  row.flops = 2.0 * g.m * g.n * g.k;
  row.any_alignment = sizeof(In) == sizeof(float);
  row.any_threads = false;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const In* a = op.input(normal_array<In>(g.m * g.k, 7));
    const In* b = op.input(normal_array<In>(g.k * g.n, 8));
    const Out* bias = with_bias ? op.input(normal_array<Out>(g.n, 9)) : nullptr;
    Out* c = op.output_into<Out>("c", {g.m, g.n}, into, normal_array<Out>(g.m * g.n, 10));
    return [=, &q = op.queue()] { TL_ON(q, gemm(q, g, a, b, bias, c, into)); };
  };
  cases.push_back(row);
}

inline std::vector<OpCase> gemm_cases() {
  using kernels::GemmShape;
  using kernels::Into;
  std::vector<OpCase> cases;
  for (const GemmShape& g : {GemmShape{0, 5, 3},
                             {5, 0, 3},
                             {3, 5, 0},
                             {1, 1, 1},
                             {1, 31, 33},
                             {33, 1, 32, true, false},
                             {31, 33, 65, true, true},
                             {32, 291, 512, false, true},
                             {64, 2048, 512, false, true},
                             {512, 256, 64, true, false},
                             {32, 512, 2048}}) {
    for (const bool with_bias : {false, true}) {
      for (const Into into : {Into::kOverwrite, Into::kAdd}) {
        add_gemm_case<Real, Real>("", 1e-5, g, with_bias, into, cases);
        add_gemm_case<Bf16, Bf16>("_bf16", 8e-3, g, with_bias, into, cases);
        add_gemm_case<Bf16, Real>("_bf16_to_real", 1e-5, g, with_bias, into, cases);
      }
    }
  }
  return cases;
}

}  // namespace tagloom::test
