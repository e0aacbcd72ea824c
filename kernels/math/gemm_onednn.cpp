// gemm by oneDNN's matmul.
#include <omp.h>

#include "kernels/onednn/onednn.h"
#include "kernels/math/gemm.h"

namespace tagloom::kernels::cpu {
namespace {

using namespace onednn;
using Desc = dnnl::memory::desc;

struct Plan {
  dnnl::matmul matmul;
  Desc a, b, bias, c, scratchpad;
};

// m, n, k, transpose_a, transpose_b, type of a and b, type of c, whether there is a bias, into, threads
using Key = std::array<int64_t, 10>;

Plan make_plan(const GemmShape& shape, dnnl::memory::data_type in, dnnl::memory::data_type out, bool has_bias, Into into) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
  Plan plan;
  plan.a = Desc({m, k}, in, transpose_a ? dnnl::memory::dims{1, m} : dnnl::memory::dims{k, 1});
  plan.b = Desc({k, n}, in, transpose_b ? dnnl::memory::dims{1, k} : dnnl::memory::dims{n, 1});
  plan.c = Desc({m, n}, out, dnnl::memory::dims{n, 1});
  if (has_bias) plan.bias = Desc({1, n}, out, dnnl::memory::dims{n, 1});
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (into == Into::kAdd) {
    dnnl::post_ops post_ops;
    post_ops.append_sum();
    attributes.set_post_ops(post_ops);
  }
  const dnnl::matmul::primitive_desc primitive(
      has_bias ? dnnl::matmul::desc(plan.a, plan.b, plan.bias, plan.c) : dnnl::matmul::desc(plan.a, plan.b, plan.c), attributes,
      engine());
  plan.scratchpad = primitive.scratchpad_desc();
  plan.matmul = dnnl::matmul(primitive);
  return plan;
}

// c = bias or 0, where there is nothing to sum.
template <class Out>
void write_bias(const GemmShape& shape, const Out* bias, Out* c, Into into) {
  for (int64_t i = 0; i < shape.m * shape.n; ++i) {
    const float value = bias != nullptr ? static_cast<float>(bias[i % shape.n]) : 0.0f;
    c[i] = into == Into::kAdd ? static_cast<float>(c[i]) + value : value;
  }
}

template <class In, class Out>
void multiply(const GemmShape& shape, const In* a, const In* b, const Out* bias, Out* c, Into into) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
  TL_CHECK(m >= 0 && n >= 0 && k >= 0, "[gemm] sizes may not be negative, got m {}, n {}, k {}", m, n, k);
  if (m == 0 || n == 0) return;
  if (k == 0) return write_bias(shape, bias, c, into);
  static PlanCache<Key, Plan> cache;
  const Key key{m,
                n,
                k,
                transpose_a,
                transpose_b,
                int64_t(kType<In>),
                int64_t(kType<Out>),
                bias != nullptr,
                int64_t(into),
                omp_get_max_threads()};
  const auto plan = cached(cache, "gemm", key, [&] { return make_plan(shape, kType<In>, kType<Out>, bias != nullptr, into); });
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, memory(plan->a, a)}, {DNNL_ARG_WEIGHTS, memory(plan->b, b)}, {DNNL_ARG_DST, memory(plan->c, c)}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, memory(plan->bias, bias));
  execute("gemm", plan->matmul, plan->scratchpad, std::move(arguments));
}

}  // namespace

void gemm(Queue&, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into) {
  multiply(shape, a, b, bias, c, into);
}

void gemm(Queue& q, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into) {
  if (native_bf16()) return multiply(shape, a, b, bias, c, into);
  const int64_t size = shape.m * shape.n;
  float* c32 = into == Into::kAdd ? widened(Scratch::kOutput, size, c)
                                  : static_cast<float*>(scratch(Scratch::kOutput, size * sizeof(float)));
  gemm(q, shape, a, b, widened(Scratch::kBias, shape.n, bias), c32, into);
  narrow(size, c32, c);
}

void gemm(Queue&, const GemmShape& shape, const Bf16* a, const Bf16* b, const Real* bias, Real* c, Into into) {
  if (native_bf16()) return multiply(shape, a, b, bias, c, into);
  multiply(shape, widened(Scratch::kInput, shape.m * shape.k, a), widened(Scratch::kInput2, shape.k * shape.n, b), bias, c, into);
}

}  // namespace tagloom::kernels::cpu
