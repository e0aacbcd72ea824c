// conv2d by oneDNN. The caller's tensors are NHWC and KRSC; where oneDNN is faster in a layout of its own, they are reordered, a
// few pictures at a time.
#include <omp.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "kernels/cnn/conv2d.h"
#include "kernels/linear/gemm.h"
#include "kernels/onednn/onednn.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

using namespace onednn;
using Desc = dnnl::memory::desc;
using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;

int64_t x_size(const Conv2dShape& shape) { return shape.n * shape.h * shape.w * shape.c; }
int64_t y_size(const Conv2dShape& shape) { return shape.n * shape.p() * shape.q() * shape.k; }
// dfilter = dy' x, if the convolution is a product.
GemmShape filter_product(const Conv2dShape& s) { return {s.k, s.c, s.n * s.h * s.w, true, false}; }
int64_t filter_size(const Conv2dShape& shape) { return shape.k * shape.r * shape.s * shape.filter_c(); }

dnnl::primitive_attr attributes_with(const dnnl::post_ops& post_ops = {}) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attributes.set_post_ops(post_ops);
  return attributes;
}

// One tensor in the caller's layout (ours) and in the primitive's layout (own).
struct Tensor {
  Desc ours, own, scratchpad;
  dnnl::primitive reorder;  // ours to own, or own to ours for a result; empty if the layouts are equal

  static Tensor input(const Desc& ours, const Desc& own) {
    Tensor tensor{ours, own, {}, {}};
    if (own != ours) tensor.add_reorder(ours, own, {});
    return tensor;
  }
  static Tensor result(const Desc& ours, const Desc& own, Into into = Into::kOverwrite) {
    Tensor tensor{ours, own, {}, {}};
    dnnl::post_ops post_ops;
    if (into == Into::kAdd) post_ops.append_sum();
    if (own != ours || into == Into::kAdd) tensor.add_reorder(own, ours, post_ops);
    return tensor;
  }

  // The input in the primitive's layout.
  dnnl::memory read(const char* op, Scratch use, const void* data) const {
    const dnnl::memory from = memory(ours, data);
    if (!reorder) return from;
    const dnnl::memory to = memory(own, scratch(use, own.get_size()));
    execute(op, reorder, scratchpad, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    return to;
  }
  // The memory that the primitive writes its result to.
  dnnl::memory place(Scratch use, void* data) const {
    return reorder ? memory(own, scratch(use, own.get_size())) : memory(ours, data);
  }
  void deliver(const char* op, const dnnl::memory& from, void* data) const {
    if (reorder) execute(op, reorder, scratchpad, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, memory(ours, data)}});
  }

 private:
  void add_reorder(const Desc& from, const Desc& to, const dnnl::post_ops& post_ops) {
    const dnnl::reorder::primitive_desc primitive(engine(), from, engine(), to, attributes_with(post_ops));
    reorder = dnnl::reorder(primitive);
    scratchpad = primitive.scratchpad_desc();
  }
};

struct Plan {
  dnnl::primitive convolution;
  Desc bias, scratchpad;
  Tensor x, filter, y;
  Tensor residual;             // used if the residual is copied into y before the convolution adds to it
  bool residual_in_y = false;  // false: the primitive reads the residual directly
};

// the shape, the types, the other parameters of the primitive, and its number of threads
using Key = std::array<int64_t, 16>;

Key key_of(const Conv2dShape& shape, Type in, Type out, int64_t flags = 0, int64_t more_flags = 0) {
  return {shape.n,       shape.h,        shape.w,      shape.c,     shape.k,      shape.r, shape.s,    shape.stride,
          shape.padding, shape.dilation, shape.groups, int64_t(in), int64_t(out), flags,   more_flags, omp_get_max_threads()};
}

// The geometry that all descriptors of one shape share. oneDNN's filters of several groups have one more dimension.
struct Geometry {
  dnnl::memory::dims x, filter, y, strides, dilations, padding;
  explicit Geometry(const Conv2dShape& s)
      : x{s.n, s.c, s.h, s.w},
        filter{s.k, s.filter_c(), s.r, s.s},
        y{s.n, s.k, s.p(), s.q()},
        strides{s.stride, s.stride},
        dilations{s.dilation - 1, s.dilation - 1},
        padding{s.padding, s.padding} {
    if (s.groups > 1) filter = {s.groups, s.k / s.groups, s.filter_c(), s.r, s.s};
  }
  Tag filter_tag() const { return filter.size() == 5 ? Tag::gohwi : Tag::ohwi; }  // of the caller's filter
};

dnnl::convolution_forward::primitive_desc describe_forward(const Conv2dShape& shape, Type type, Tag tag, bool has_bias,
                                                           const dnnl::post_ops& post_ops = {}) {
  const Geometry g(shape);
  const Desc bias = has_bias ? Desc({shape.k}, type, Tag::x) : Desc();
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                                             Desc(g.x, type, tag), Desc(g.filter, type, Tag::any), bias, Desc(g.y, type, tag),
                                             g.strides, g.dilations, g.padding, g.padding);
  return {desc, attributes_with(post_ops), engine()};
}

std::string_view name_of(const dnnl::convolution_forward::primitive_desc& primitive) { return primitive.impl_info_str(); }

// oneDNN's AVX2 kernels run filters larger than a pixel 1.3 to 1.5 times as fast on blocks of 8 channels, which outweighs the
// reorders. On newer instruction sets NHWC is fast.
bool prefers_blocks(const Conv2dShape& shape, Type type) {
  return shape.r * shape.s > 1 && shape.c >= 16 && shape.filter_c() % 8 == 0 && shape.k / shape.groups % 8 == 0 &&
         name_of(describe_forward(shape, type, Tag::nhwc, false)) == "jit:avx2";
}
Tag picture_tag(const Conv2dShape& shape, Type type) { return prefers_blocks(shape, type) ? Tag::any : Tag::nhwc; }

// The number of pictures per call, small enough to keep reordered copies in the cache; at least one per thread.
int64_t pictures_at_once(const Conv2dShape& shape, Type type) {
  constexpr int64_t kBytes = 16 << 20;
  if (!prefers_blocks(shape, type)) return shape.n;
  const int64_t bytes_each = (x_size(shape) + y_size(shape)) / shape.n * 4;
  return std::min(shape.n, std::max<int64_t>(kBytes / bytes_each, omp_get_max_threads()));
}

// Calls run(part of the shape, first x, first y) for each group of pictures.
template <class Run>
void in_parts(const Conv2dShape& shape, Type type, const Run& run) {
  const int64_t most = pictures_at_once(shape, type);
  for (int64_t first = 0; first < shape.n; first += most) {
    Conv2dShape part = shape;
    part.n = std::min(most, shape.n - first);
    run(part, first * (x_size(shape) / shape.n), first * (y_size(shape) / shape.n));
  }
}

Plan make_forward(const Conv2dShape& shape, Type type, bool has_bias, bool has_residual, Activation activation) {
  const Geometry g(shape);
  const Tag tag = picture_tag(shape, type);
  const Desc x(g.x, type, Tag::nhwc), filter(g.filter, type, g.filter_tag()), y(g.y, type, Tag::nhwc);
  const auto describe = [&](bool residual_in_y) {
    dnnl::post_ops post_ops;
    if (has_residual && residual_in_y) post_ops.append_sum();
    if (has_residual && !residual_in_y) post_ops.append_binary(dnnl::algorithm::binary_add, y);
    if (activation == Activation::kRelu) post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    return describe_forward(shape, type, tag, has_bias, post_ops);
  };
  // The residual is a second input if a fast primitive accepts it, else the initial content of y. With AVX2, oneDNN 2.6 reads a second
  // input wrongly where a group has a number of filters that is not a multiple of 8.
  Plan plan;
  plan.residual_in_y = has_residual && (tag == Tag::any || shape.groups > 1 || name_of(describe(false)).starts_with("ref"));
  const dnnl::convolution_forward::primitive_desc primitive = describe(plan.residual_in_y);
  plan.convolution = dnnl::convolution_forward(primitive);
  plan.x = Tensor::input(x, primitive.src_desc());
  plan.filter = Tensor::input(filter, primitive.weights_desc());
  plan.y = Tensor::result(y, primitive.dst_desc());
  if (has_residual) plan.residual = Tensor::input(y, plan.residual_in_y ? primitive.dst_desc() : y);
  plan.bias = primitive.bias_desc();
  plan.scratchpad = primitive.scratchpad_desc();
  return plan;
}

// A gradient that is added to an existing one stays float until after the addition, so it is rounded once.
Plan make_backward_data(const Conv2dShape& shape, Type type, Into into) {
  const Geometry g(shape);
  const Tag tag = picture_tag(shape, type);
  const Type sum_type = into == Into::kAdd ? Type::f32 : type;
  const dnnl::convolution_backward_data::desc desc(dnnl::algorithm::convolution_direct, Desc(g.x, sum_type, tag),
                                                   Desc(g.filter, type, Tag::any), Desc(g.y, type, tag), g.strides, g.dilations,
                                                   g.padding, g.padding);
  const dnnl::convolution_backward_data::primitive_desc primitive(desc, attributes_with(), engine(),
                                                                  describe_forward(shape, type, tag, false));
  Plan plan;
  plan.convolution = dnnl::convolution_backward_data(primitive);
  plan.x = Tensor::result(Desc(g.x, type, Tag::nhwc), primitive.diff_src_desc(), into);
  plan.filter = Tensor::input(Desc(g.filter, type, g.filter_tag()), primitive.weights_desc());
  plan.y = Tensor::input(Desc(g.y, type, Tag::nhwc), primitive.diff_dst_desc());
  plan.scratchpad = primitive.scratchpad_desc();
  return plan;
}

Plan make_backward_filter(const Conv2dShape& shape, Type type, Into into) {
  const Geometry g(shape);
  const Tag tag = picture_tag(shape, type);
  const dnnl::convolution_backward_weights::desc desc(dnnl::algorithm::convolution_direct, Desc(g.x, type, tag),
                                                      Desc(g.filter, Type::f32, Tag::any), Desc(g.y, type, tag), g.strides,
                                                      g.dilations, g.padding, g.padding);
  const dnnl::convolution_backward_weights::primitive_desc primitive(desc, attributes_with(), engine(),
                                                                     describe_forward(shape, type, tag, false));
  Plan plan;
  plan.convolution = dnnl::convolution_backward_weights(primitive);
  plan.x = Tensor::input(Desc(g.x, type, Tag::nhwc), primitive.src_desc());
  plan.filter = Tensor::result(Desc(g.filter, Type::f32, g.filter_tag()), primitive.diff_weights_desc(), into);
  plan.y = Tensor::input(Desc(g.y, type, Tag::nhwc), primitive.diff_dst_desc());
  plan.scratchpad = primitive.scratchpad_desc();
  return plan;
}

template <class T>
void forward(const Conv2dShape& shape, const T* x, const T* filter, const T* bias, const T* residual, Activation activation,
             T* y) {
  static constexpr const char* kOp = "conv2d_forward";
  static PlanCache<Key, Plan> cache;
  const int64_t flags = (bias != nullptr ? 1 : 0) + (residual != nullptr ? 2 : 0);
  const auto plan = cached(cache, kOp, key_of(shape, kType<T>, kType<T>, flags, int64_t(activation)),
                           [&] { return make_forward(shape, kType<T>, bias != nullptr, residual != nullptr, activation); });
  const dnnl::memory own_y = plan->y.place(Scratch::kOwnY, y);
  std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, plan->x.read(kOp, Scratch::kOwnX, x)},
                                                  {DNNL_ARG_WEIGHTS, plan->filter.read(kOp, Scratch::kFilter, filter)},
                                                  {DNNL_ARG_DST, own_y}};
  if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, memory(plan->bias, bias));
  if (residual != nullptr && !plan->residual_in_y) {
    arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, memory(plan->residual.ours, residual));
  } else if (residual != nullptr && plan->residual.reorder) {
    plan->residual.read(kOp, Scratch::kOwnY, residual);  // the place that own_y is
  } else if (residual != nullptr) {
    std::memcpy(y, residual, plan->y.ours.get_size());
  }
  execute(kOp, plan->convolution, plan->scratchpad, std::move(arguments));
  plan->y.deliver(kOp, own_y, y);
}

template <class T>
void forward_in_parts(const Conv2dShape& shape, const T* x, const T* filter, const T* bias, const T* residual,
                      Activation activation, T* y) {
  in_parts(shape, kType<T>, [&](const Conv2dShape& part, int64_t first_x, int64_t first_y) {
    forward(part, x + first_x, filter, bias, residual != nullptr ? residual + first_y : nullptr, activation, y + first_y);
  });
}

template <class T>
void backward_data(const Conv2dShape& shape, const T* filter, const T* dy, T* dx, Into into) {
  static constexpr const char* kOp = "conv2d_backward_data";
  static PlanCache<Key, Plan> cache;
  in_parts(shape, kType<T>, [&](const Conv2dShape& part, int64_t first_x, int64_t first_y) {
    const auto plan = cached(cache, kOp, key_of(part, kType<T>, kType<T>, int64_t(into)),
                             [&] { return make_backward_data(part, kType<T>, into); });
    const dnnl::memory own_dx = plan->x.place(Scratch::kOwnX, dx + first_x);
    execute(kOp, plan->convolution, plan->scratchpad,
            {{DNNL_ARG_DIFF_DST, plan->y.read(kOp, Scratch::kOwnY, dy + first_y)},
             {DNNL_ARG_WEIGHTS, plan->filter.read(kOp, Scratch::kFilter, filter)},
             {DNNL_ARG_DIFF_SRC, own_dx}});
    plan->x.deliver(kOp, own_dx, dx + first_x);
  });
}

template <class T>
void backward_filter(const Conv2dShape& shape, const T* x, const T* dy, float* dfilter, Into into) {
  static constexpr const char* kOp = "conv2d_backward_filter";
  static PlanCache<Key, Plan> cache;
  in_parts(shape, kType<T>, [&](const Conv2dShape& part, int64_t first_x, int64_t first_y) {
    const Into part_into = first_x > 0 ? Into::kAdd : into;
    const auto plan = cached(cache, kOp, key_of(part, kType<T>, Type::f32, int64_t(part_into)),
                             [&] { return make_backward_filter(part, kType<T>, part_into); });
    const dnnl::memory own_dfilter = plan->filter.place(Scratch::kFilter, dfilter);
    execute(kOp, plan->convolution, plan->scratchpad,
            {{DNNL_ARG_SRC, plan->x.read(kOp, Scratch::kOwnX, x + first_x)},
             {DNNL_ARG_DIFF_DST, plan->y.read(kOp, Scratch::kOwnY, dy + first_y)},
             {DNNL_ARG_DIFF_WEIGHTS, own_dfilter}});
    plan->filter.deliver(kOp, own_dfilter, dfilter);
  });
}

}  // namespace

void conv2d_forward(Queue&, const Conv2dShape& shape, const Real* x, const Real* filter, const Real* bias, const Real* residual,
                    Activation activation, Real* y) {
  shape.check();
  if (shape.n > 0) forward_in_parts(shape, x, filter, bias, residual, activation, y);
}

void conv2d_forward(Queue&, const Conv2dShape& shape, const Bf16* x, const Bf16* filter, const Bf16* bias, const Bf16* residual,
                    Activation activation, Bf16* y) {
  shape.check();
  if (shape.n == 0) return;
  if (native_bf16()) return forward_in_parts(shape, x, filter, bias, residual, activation, y);
  float* y32 = static_cast<float*>(scratch(Scratch::kOutput, y_size(shape) * sizeof(float)));
  forward_in_parts(shape, widened(Scratch::kInput, x_size(shape), x), widened(Scratch::kInput2, filter_size(shape), filter),
                   widened(Scratch::kBias, shape.k, bias), widened(Scratch::kResidual, y_size(shape), residual), activation, y32);
  narrow(y_size(shape), y32, y);
}

void conv2d_backward_data(Queue&, const Conv2dShape& shape, const Real* filter, const Real* dy, Real* dx, Into into) {
  shape.check();
  if (shape.n > 0) backward_data(shape, filter, dy, dx, into);
}

void conv2d_backward_data(Queue&, const Conv2dShape& shape, const Bf16* filter, const Bf16* dy, Bf16* dx, Into into) {
  shape.check();
  if (shape.n == 0) return;
  if (native_bf16()) return backward_data(shape, filter, dy, dx, into);
  float* dx32 = into == Into::kAdd ? widened(Scratch::kOutput, x_size(shape), dx)
                                   : static_cast<float*>(scratch(Scratch::kOutput, x_size(shape) * sizeof(float)));
  backward_data(shape, widened(Scratch::kInput2, filter_size(shape), filter), widened(Scratch::kInput, y_size(shape), dy), dx32,
                into);
  narrow(x_size(shape), dx32, dx);
}

void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Real* x, const Real* dy, Real* dfilter, Into into) {
  shape.check();
  if (shape.is_product()) {  // gemm is 1.2 to 1.7 times as fast; it also handles an empty sum
    gemm(q, filter_product(shape), dy, x, nullptr, dfilter, into);
  } else if (shape.n > 0) {
    backward_filter(shape, x, dy, dfilter, into);
  } else if (into == Into::kOverwrite) {
    std::memset(dfilter, 0, filter_size(shape) * sizeof(float));
  }
}

void conv2d_backward_filter(Queue& q, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into) {
  shape.check();
  if (native_bf16() && shape.is_product()) {  // 1.4 to 3.4 times as fast (PERFORMANCE.md)
    return gemm(q, filter_product(shape), dy, x, static_cast<const Real*>(nullptr), dfilter, into);
  }
  if (shape.n > 0 && native_bf16()) return backward_filter(shape, x, dy, dfilter, into);
  conv2d_backward_filter(q, shape, widened(Scratch::kInput, x_size(shape), x), widened(Scratch::kInput2, y_size(shape), dy),
                         dfilter, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
