// Matrix products by oneDNN's matmul.
#include "kernels/onednn/matmul.h"

#include <omp.h>

#include "kernels/onednn/onednn.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU::onednn {
namespace {

using Desc = dnnl::memory::desc;

struct Plan {
  dnnl::matmul matmul;
  Desc a, b, bias, c, scratchpad;
};

// m, n, k, transpose_a, transpose_b, type of a and b, type of c, whether there is a bias, into, then, threads
using Key = std::array<int64_t, 11>;

Plan make_plan(const GemmShape& shape, dnnl::memory::data_type in, dnnl::memory::data_type out, bool has_bias, Into into,
               Then then) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
  Plan plan;
  plan.a = Desc({m, k}, in, transpose_a ? dnnl::memory::dims{1, m} : dnnl::memory::dims{k, 1});
  plan.b = Desc({k, n}, in, transpose_b ? dnnl::memory::dims{1, k} : dnnl::memory::dims{n, 1});
  plan.c = Desc({m, n}, out, dnnl::memory::dims{n, 1});
  if (has_bias) plan.bias = Desc({1, n}, out, dnnl::memory::dims{n, 1});
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops post_ops;
  if (into == Into::kAdd) post_ops.append_sum();
  if (then == Then::kRelu) post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
  attributes.set_post_ops(post_ops);
  const dnnl::matmul::primitive_desc primitive(
      has_bias ? dnnl::matmul::desc(plan.a, plan.b, plan.bias, plan.c) : dnnl::matmul::desc(plan.a, plan.b, plan.c), attributes,
      engine());
  plan.scratchpad = primitive.scratchpad_desc();
  plan.matmul = dnnl::matmul(primitive);
  return plan;
}

// The result with k = 0.
template <class Out>
void write_bias(const GemmShape& shape, const Out* bias, Out* c, Into into, Then then) {
  for (int64_t i = 0; i < shape.m * shape.n; ++i) {
    const float value = bias != nullptr ? static_cast<float>(bias[i % shape.n]) : 0.0f;
    const float sum = into == Into::kAdd ? static_cast<float>(c[i]) + value : value;
    c[i] = then == Then::kRelu && !(sum > 0.0f) ? 0.0f : sum;
  }
}

template <class In, class Out>
void multiply(const char* op, const GemmShape& shape, const In* a, const In* b, const Out* bias, Out* c, Into into, Then then) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
  TL_CHECK(m >= 0 && n >= 0 && k >= 0, "[{}] sizes may not be negative, got m {}, n {}, k {}", op, m, n, k);
  if (m == 0 || n == 0) return;
  if (k == 0) return write_bias(shape, bias, c, into, then);
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
                int64_t(then),
                omp_get_max_threads()};
  const auto plan = cached(cache, op, key, [&] { return make_plan(shape, kType<In>, kType<Out>, bias != nullptr, into, then); });
  std::unordered_map<int, dnnl::memory> arguments{
      {DNNL_ARG_SRC, memory(plan->a, a)}, {DNNL_ARG_WEIGHTS, memory(plan->b, b)}, {DNNL_ARG_DST, memory(plan->c, c)}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, memory(plan->bias, bias));
  execute(op, plan->matmul, plan->scratchpad, std::move(arguments));
}

}  // namespace

void matmul(const char* op, const GemmShape& shape, const float* a, const float* b, const float* bias, float* c, Into into,
            Then then) {
  multiply(op, shape, a, b, bias, c, into, then);
}

void matmul(const char* op, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into,
            Then then) {
  if (native_bf16()) return multiply(op, shape, a, b, bias, c, into, then);
  const int64_t size = shape.m * shape.n;
  float* c32 = into == Into::kAdd ? widened(Scratch::kOutput, size, c)
                                  : static_cast<float*>(scratch(Scratch::kOutput, size * sizeof(float)));
  matmul(op, shape, a, b, widened(Scratch::kBias, shape.n, bias), c32, into, then);
  narrow(size, c32, c);
}

void matmul(const char* op, const GemmShape& shape, const Bf16* a, const Bf16* b, const float* bias, float* c, Into into,
            Then then) {
  if (native_bf16()) return multiply(op, shape, a, b, bias, c, into, then);
  multiply(op, shape, widened(Scratch::kInput, shape.m * shape.k, a), widened(Scratch::kInput2, shape.k * shape.n, b), bias, c,
           into, then);
}

}  // namespace tagloom::kernels::TL_CPU::onednn
TL_CPU_END
