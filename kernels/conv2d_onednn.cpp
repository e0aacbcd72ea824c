// conv2d by oneDNN: pictures stay NHWC, filters are brought into the layout that the primitive likes.
#include <omp.h>

#include <cstring>
#include <string_view>

#include "kernels/conv2d.h"
#include "kernels/onednn.h"

namespace tagloom::kernels::cpu {
namespace {

using namespace onednn;
using Desc = dnnl::memory::desc;
using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;

struct Plan {
  dnnl::primitive convolution, reorder;   // reorder is empty where the primitive takes the filter as it is
  Desc x, filter, own_filter, bias, y, scratchpad, reorder_scratchpad;
  bool residual_first = false;            // the residual is copied to y and summed there, not read by the primitive
};

// the shape, the types, what else makes the primitive, and the threads it is made for
using Key = std::array<int64_t, 15>;

Key key_of(const Conv2dShape& shape, Type in, Type out, int64_t flags = 0, int64_t more_flags = 0) {
  return {shape.n, shape.h,      shape.w,       shape.c,        shape.k,      shape.r,      shape.s,
          shape.stride, shape.padding, shape.dilation, int64_t(in), int64_t(out), flags, more_flags,
          omp_get_max_threads()};
}

// The geometry that every descriptor of one shape shares.
struct Geometry {
  dnnl::memory::dims x, filter, y, strides, dilations, padding;
  explicit Geometry(const Conv2dShape& s)
      : x{s.n, s.c, s.h, s.w}, filter{s.k, s.c, s.r, s.s}, y{s.n, s.k, s.p(), s.q()}, strides{s.stride, s.stride},
        dilations{s.dilation - 1, s.dilation - 1}, padding{s.padding, s.padding} {}
};

dnnl::primitive_attr attributes_with(const dnnl::post_ops& post_ops = {}) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(post_ops);
  return attributes;
}

void add_reorder(Plan& plan, const Desc& from, const Desc& to, const dnnl::post_ops& post_ops = {}) {
  const dnnl::reorder::primitive_desc reorder(engine(), from, engine(), to, attributes_with(post_ops));
  plan.reorder = dnnl::reorder(reorder);
  plan.reorder_scratchpad = reorder.scratchpad_desc();
}

dnnl::convolution_forward::primitive_desc describe_forward(const Conv2dShape& shape, Type type, bool has_bias,
                                                           const dnnl::post_ops& post_ops = {}) {
  const Geometry g(shape);
  const Desc x(g.x, type, Tag::nhwc), filter(g.filter, type, Tag::any), y(g.y, type, Tag::nhwc);
  const Desc bias = has_bias ? Desc({shape.k}, type, Tag::x) : Desc();
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, x,
                                             filter, bias, y, g.strides, g.dilations, g.padding, g.padding);
  return {desc, attributes_with(post_ops), engine()};
}

bool is_fast(const dnnl::convolution_forward::primitive_desc& primitive) {
  return std::string_view(primitive.impl_info_str()).find("ref") == std::string_view::npos;
}

Plan make_forward(const Conv2dShape& shape, Type type, bool has_bias, bool has_residual, Activation activation) {
  Plan plan;
  const Geometry g(shape);
  // The residual as a second input of the primitive where a fast one takes it, else as what y already holds.
  const auto describe = [&](bool residual_first) {
    dnnl::post_ops post_ops;
    if (has_residual && residual_first) post_ops.append_sum();
    if (has_residual && !residual_first) {
      post_ops.append_binary(dnnl::algorithm::binary_add, Desc(g.y, type, Tag::nhwc));
    }
    if (activation == Activation::kRelu) post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    return describe_forward(shape, type, has_bias, post_ops);
  };
  dnnl::convolution_forward::primitive_desc primitive = describe(false);
  if (has_residual && !is_fast(primitive)) {
    plan.residual_first = true;
    primitive = describe(true);
  }
  plan.convolution = dnnl::convolution_forward(primitive);
  plan.x = primitive.src_desc();
  plan.filter = Desc(g.filter, type, Tag::ohwi);
  plan.own_filter = primitive.weights_desc();
  plan.bias = primitive.bias_desc();
  plan.y = primitive.dst_desc();
  plan.scratchpad = primitive.scratchpad_desc();
  if (plan.own_filter != plan.filter) add_reorder(plan, plan.filter, plan.own_filter);
  return plan;
}

Plan make_backward_data(const Conv2dShape& shape, Type type, Type dx_type) {
  Plan plan;
  const Geometry g(shape);
  const dnnl::convolution_backward_data::desc desc(
      dnnl::algorithm::convolution_direct, Desc(g.x, dx_type, Tag::nhwc), Desc(g.filter, type, Tag::any),
      Desc(g.y, type, Tag::nhwc), g.strides, g.dilations, g.padding, g.padding);
  const dnnl::convolution_backward_data::primitive_desc primitive(desc, attributes_with(), engine(),
                                                                  describe_forward(shape, type, false));
  plan.convolution = dnnl::convolution_backward_data(primitive);
  plan.x = primitive.diff_src_desc();
  plan.filter = Desc(g.filter, type, Tag::ohwi);
  plan.own_filter = primitive.weights_desc();
  plan.y = primitive.diff_dst_desc();
  plan.scratchpad = primitive.scratchpad_desc();
  if (plan.own_filter != plan.filter) add_reorder(plan, plan.filter, plan.own_filter);
  return plan;
}

Plan make_backward_filter(const Conv2dShape& shape, Type type, Into into) {
  Plan plan;
  const Geometry g(shape);
  const dnnl::convolution_backward_weights::desc desc(
      dnnl::algorithm::convolution_direct, Desc(g.x, type, Tag::nhwc), Desc(g.filter, Type::f32, Tag::any),
      Desc(g.y, type, Tag::nhwc), g.strides, g.dilations, g.padding, g.padding);
  const dnnl::convolution_backward_weights::primitive_desc primitive(desc, attributes_with(), engine(),
                                                                     describe_forward(shape, type, false));
  plan.convolution = dnnl::convolution_backward_weights(primitive);
  plan.x = primitive.src_desc();
  plan.filter = Desc(g.filter, Type::f32, Tag::ohwi);
  plan.own_filter = primitive.diff_weights_desc();
  plan.y = primitive.diff_dst_desc();
  plan.scratchpad = primitive.scratchpad_desc();
  dnnl::post_ops post_ops;
  if (into == Into::kAdd) post_ops.append_sum();
  if (plan.own_filter != plan.filter || into == Into::kAdd) add_reorder(plan, plan.own_filter, plan.filter, post_ops);
  return plan;
}

// The filter in the primitive's own layout.
dnnl::memory own_filter(const char* op, const Plan& plan, const void* filter) {
  if (!plan.reorder) return memory(plan.filter, filter);
  const auto own = memory(plan.own_filter, scratch(Scratch::kFilter, plan.own_filter.get_size()));
  execute(op, plan.reorder, plan.reorder_scratchpad, {{DNNL_ARG_FROM, memory(plan.filter, filter)}, {DNNL_ARG_TO, own}});
  return own;
}

template <class T>
void forward(const Conv2dShape& shape, const T* x, const T* filter, const T* bias, const T* residual,
             Activation activation, T* y) {
  static PlanCache<Key, Plan> cache;
  const int64_t flags = (bias != nullptr ? 1 : 0) + (residual != nullptr ? 2 : 0);
  const auto plan = cached(cache, "conv2d_forward", key_of(shape, kType<T>, kType<T>, flags, int64_t(activation)), [&] {
    return make_forward(shape, kType<T>, bias != nullptr, residual != nullptr, activation);
  });
  std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, memory(plan->x, x)},
                                                  {DNNL_ARG_WEIGHTS, own_filter("conv2d_forward", *plan, filter)},
                                                  {DNNL_ARG_DST, memory(plan->y, y)}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, memory(plan->bias, bias));
  if (residual != nullptr) {
    if (plan->residual_first) {
      std::memcpy(y, residual, plan->y.get_size());
    } else {
      arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, memory(plan->y, residual));
    }
  }
  execute("conv2d_forward", plan->convolution, plan->scratchpad, std::move(arguments));
}

// dx_type is float also for bf16 gradients that are added to something, so that they are rounded once.
template <class T, class Dx>
void backward_data(const Conv2dShape& shape, const T* filter, const T* dy, Dx* dx) {
  static PlanCache<Key, Plan> cache;
  const auto plan = cached(cache, "conv2d_backward_data", key_of(shape, kType<T>, kType<Dx>),
                              [&] { return make_backward_data(shape, kType<T>, kType<Dx>); });
  execute("conv2d_backward_data", plan->convolution, plan->scratchpad,
          {{DNNL_ARG_DIFF_DST, memory(plan->y, dy)},
           {DNNL_ARG_WEIGHTS, own_filter("conv2d_backward_data", *plan, filter)},
           {DNNL_ARG_DIFF_SRC, memory(plan->x, dx)}});
}

template <class T>
void backward_data_into(const Conv2dShape& shape, const T* filter, const T* dy, T* dx, Into into) {
  if (into == Into::kOverwrite) return backward_data(shape, filter, dy, dx);
  const int64_t size = shape.n * shape.h * shape.w * shape.c;
  float* term = static_cast<float*>(scratch(Scratch::kGradient, size * sizeof(float)));
  backward_data(shape, filter, dy, term);
#pragma omp parallel for schedule(static) if (size > 16384)
  for (int64_t i = 0; i < size; ++i) dx[i] = static_cast<float>(dx[i]) + term[i];
}

template <class T>
void backward_filter(const Conv2dShape& shape, const T* x, const T* dy, float* dfilter, Into into) {
  static PlanCache<Key, Plan> cache;
  const auto plan = cached(cache, "conv2d_backward_filter", key_of(shape, kType<T>, Type::f32, int64_t(into)),
                              [&] { return make_backward_filter(shape, kType<T>, into); });
  const dnnl::memory own = plan->reorder
                               ? memory(plan->own_filter, scratch(Scratch::kFilter, plan->own_filter.get_size()))
                               : memory(plan->filter, dfilter);
  execute("conv2d_backward_filter", plan->convolution, plan->scratchpad,
          {{DNNL_ARG_SRC, memory(plan->x, x)}, {DNNL_ARG_DIFF_DST, memory(plan->y, dy)}, {DNNL_ARG_DIFF_WEIGHTS, own}});
  if (plan->reorder) {
    execute("conv2d_backward_filter", plan->reorder, plan->reorder_scratchpad,
            {{DNNL_ARG_FROM, own}, {DNNL_ARG_TO, memory(plan->filter, dfilter)}});
  }
}

int64_t x_size(const Conv2dShape& shape) { return shape.n * shape.h * shape.w * shape.c; }
int64_t y_size(const Conv2dShape& shape) { return shape.n * shape.p() * shape.q() * shape.k; }
int64_t filter_size(const Conv2dShape& shape) { return shape.k * shape.r * shape.s * shape.c; }

}  // namespace

void conv2d_forward(Queue&, const Conv2dShape& shape, const Real* x, const Real* filter, const Real* bias,
                    const Real* residual, Activation activation, Real* y) {
  shape.check();
  if (shape.n > 0) forward(shape, x, filter, bias, residual, activation, y);
}

void conv2d_forward(Queue&, const Conv2dShape& shape, const Bf16* x, const Bf16* filter, const Bf16* bias,
                    const Bf16* residual, Activation activation, Bf16* y) {
  shape.check();
  if (shape.n == 0) return;
  if (native_bf16()) return forward(shape, x, filter, bias, residual, activation, y);
  float* y32 = static_cast<float*>(scratch(Scratch::kOutput, y_size(shape) * sizeof(float)));
  forward(shape, widened(Scratch::kInput, x_size(shape), x), widened(Scratch::kInput2, filter_size(shape), filter),
          widened(Scratch::kBias, shape.k, bias), widened(Scratch::kGradient, y_size(shape), residual), activation, y32);
  narrow(y_size(shape), y32, y);
}

void conv2d_backward_data(Queue&, const Conv2dShape& shape, const Real* filter, const Real* dy, Real* dx, Into into) {
  shape.check();
  if (shape.n > 0) backward_data_into(shape, filter, dy, dx, into);
}

void conv2d_backward_data(Queue&, const Conv2dShape& shape, const Bf16* filter, const Bf16* dy, Bf16* dx, Into into) {
  shape.check();
  if (shape.n == 0) return;
  if (native_bf16()) return backward_data_into(shape, filter, dy, dx, into);
  float* dx32 = into == Into::kAdd ? widened(Scratch::kOutput, x_size(shape), dx)
                                   : static_cast<float*>(scratch(Scratch::kOutput, x_size(shape) * sizeof(float)));
  backward_data_into(shape, widened(Scratch::kInput2, filter_size(shape), filter),
                     widened(Scratch::kInput, y_size(shape), dy), dx32, into);
  narrow(x_size(shape), dx32, dx);
}

void conv2d_backward_filter(Queue&, const Conv2dShape& shape, const Real* x, const Real* dy, Real* dfilter, Into into) {
  shape.check();
  if (shape.n > 0) return backward_filter(shape, x, dy, dfilter, into);
  if (into == Into::kOverwrite) std::memset(dfilter, 0, filter_size(shape) * sizeof(float));
}

void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into) {
  shape.check();
  if (shape.n > 0 && native_bf16()) return backward_filter(shape, x, dy, dfilter, into);
  conv2d_backward_filter(q, shape, widened(Scratch::kInput, x_size(shape), x),
                         widened(Scratch::kInput2, y_size(shape), dy), dfilter, into);
}

}  // namespace tagloom::kernels::cpu
