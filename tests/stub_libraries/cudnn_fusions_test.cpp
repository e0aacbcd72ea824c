// Which fusions around ResNet-50's convolutions cuDNN offers, without a GPU, and whether its run-time compiled engines compile.
// CUDA's stub driver is opened first, so cuDNN finds it as libcuda.so.1; loading a compiled engine fails with error 34.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <ostream>

#include "kernels/base/device.h"
#include "kernels/cuda_libraries/conv2d_plan.h"
#include "tests/kernels/cuda_libraries/gpus_without_one.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::kernels {
namespace {

using cudnn::Descriptor;
using test::Gpu;
using ::testing::HasSubstr;

constexpr size_t kWorkspace = size_t{512} << 20;
const bool stub_driver_is_open = dlopen(TAGLOOM_STUB_DRIVER, RTLD_NOW | RTLD_GLOBAL) != nullptr;

// A layer's tensors. Intermediate ones are virtual.
struct Layer {
  Layer(const Conv2dShape& shape, cudnnDataType_t type_of_all) : s(shape), type(type_of_all) {}

  Descriptor between() { return make({s.n, s.c, s.h, s.w}, CUDNN_DATA_FLOAT, true); }
  Descriptor picture(bool is_virtual = false) { return make({s.n, s.c, s.h, s.w}, type, is_virtual); }
  Descriptor filter() { return make({s.k, s.c, s.r, s.s}, type, false); }
  Descriptor result(bool is_virtual = false) { return make({s.n, s.k, s.p(), s.q()}, type, is_virtual); }
  Descriptor channels(cudnnDataType_t one, int64_t count) { return make({1, count, 1, 1}, one, false); }
  Descriptor make(const int64_t (&sizes)[4], cudnnDataType_t one, bool is_virtual) {
    return cudnn::tensor(next_id++, one, sizes, is_virtual);
  }
  Descriptor convolution(cudnn::ConvolutionPass pass, const Descriptor& x, const Descriptor& w, const Descriptor& y) {
    return cudnn::convolution(pass, {s.stride, s.padding, s.dilation}, x, w, y, 0.0f);
  }

  Conv2dShape s;
  cudnnDataType_t type;
  int64_t next_id = 1;
};

// relu(x * scale + bias), batch norm's output for the next convolution.
Descriptor normalized(Layer& layer, std::vector<Descriptor>& operations) {
  const Descriptor scaled = layer.picture(true), shifted = layer.picture(true), y = layer.picture(true);
  operations.push_back(cudnn::pointwise(CUDNN_POINTWISE_MUL, layer.picture(), layer.channels(layer.type, layer.s.c), scaled));
  operations.push_back(cudnn::pointwise(CUDNN_POINTWISE_ADD, scaled, layer.channels(layer.type, layer.s.c), shifted));
  operations.push_back(cudnn::pointwise(CUDNN_POINTWISE_RELU_FWD, shifted, {}, y));
  return y;
}

Descriptor statistics_of(Layer& layer, const Descriptor& y) {
  return cudnn::statistics(y, layer.channels(CUDNN_DATA_FLOAT, layer.s.k), layer.channels(CUDNN_DATA_FLOAT, layer.s.k));
}

std::vector<Descriptor> convolution_statistics(Layer layer) {
  const Descriptor y = layer.result();
  return {layer.convolution(cudnn::ConvolutionPass::kForward, layer.picture(), layer.filter(), y), statistics_of(layer, y)};
}

std::vector<Descriptor> normalized_convolution_statistics(Layer layer) {
  std::vector<Descriptor> operations;
  const Descriptor x = normalized(layer, operations), y = layer.result();
  operations.push_back(layer.convolution(cudnn::ConvolutionPass::kForward, x, layer.filter(), y));
  operations.push_back(statistics_of(layer, y));
  return operations;
}

std::vector<Descriptor> normalized_filter_gradient(Layer layer) {
  std::vector<Descriptor> operations;
  const Descriptor x = normalized(layer, operations);
  operations.push_back(layer.convolution(cudnn::ConvolutionPass::kBackwardFilter, x, layer.filter(), layer.result()));
  return operations;
}

// dx through ReLU: zero where `relu_input` is not positive.
Descriptor masked_data_gradient(Layer& layer, const Descriptor& relu_input, std::vector<Descriptor>& operations) {
  const Descriptor dx = layer.between(), masked = layer.picture();
  operations.push_back(layer.convolution(cudnn::ConvolutionPass::kBackwardData, dx, layer.filter(), layer.result()));
  const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  const cudnnPointwiseMode_t mode = CUDNN_POINTWISE_RELU_BWD;
  Descriptor function(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  function.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
  function.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &compute).finalize("ReLU's gradient");
  Descriptor relu(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  relu.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function);
  relu.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, relu_input).set(CUDNN_ATTR_OPERATION_POINTWISE_DYDESC, dx);
  operations.push_back(relu.set(CUDNN_ATTR_OPERATION_POINTWISE_DXDESC, masked).finalize("ReLU's gradient"));
  return masked;
}

std::vector<Descriptor> masked_data_gradient(Layer layer) {
  std::vector<Descriptor> operations;
  masked_data_gradient(layer, layer.picture(), operations);
  return operations;
}

// The same after a batch norm, whose output is recomputed from its input x, and the sums that batch norm's gradients need.
std::vector<Descriptor> masked_data_gradient_with_norm(Layer layer) {
  std::vector<Descriptor> operations;
  const auto channels = [&] { return layer.channels(CUDNN_DATA_FLOAT, layer.s.c); };
  const Descriptor x = layer.picture(), mean = channels(), inverse = channels(), scale = channels(), bias = channels();
  Descriptor y = x;
  for (const auto& [mode, with] : {std::pair{CUDNN_POINTWISE_SUB, mean},
                                   {CUDNN_POINTWISE_MUL, inverse},
                                   {CUDNN_POINTWISE_MUL, scale},
                                   {CUDNN_POINTWISE_ADD, bias}}) {
    const Descriptor next = layer.between();
    operations.push_back(cudnn::pointwise(mode, y, with, next));
    y = next;
  }
  const Descriptor masked = masked_data_gradient(layer, y, operations);
  const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  Descriptor norm(CUDNN_BACKEND_OPERATION_BN_BWD_WEIGHTS_DESCRIPTOR);
  norm.set(CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &compute);
  norm.set(CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_X_DESC, x).set(CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_DY_DESC, masked);
  norm.set(CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_MEAN_DESC, mean).set(CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_INVSTD_DESC, inverse);
  norm.set(CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_BN_SCALE_DESC, scale);
  for (const auto result : {CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_DBN_SCALE_DESC, CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_DBN_BIAS_DESC,
                            CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_EQ_DY_SCALE_DESC,
                            CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_EQ_X_SCALE_DESC, CUDNN_ATTR_OPERATION_BN_BWD_WEIGHTS_EQ_BIAS})
    norm.set(result, channels());
  operations.push_back(norm.finalize("batch norm's gradient"));
  return operations;
}

using Fusion = std::vector<Descriptor> (*)(Layer);

struct Counts {
  int precompiled = 0, runtime_compiled = 0;  // engines, or the layers that have one
  bool operator==(const Counts&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Counts& counts) {
  return out << counts.precompiled << " precompiled, " << counts.runtime_compiled << " compiled at run time";
}

cudnn::Problem problem_of(Fusion fusion, const Conv2dShape& shape, cudnnDataType_t type) {
  return {"a fusion", fusion({shape, type}), {.workspace_bytes = kWorkspace}};
}

Counts engines(const Gpu& gpu, Fusion fusion, const Conv2dShape& shape, cudnnDataType_t type = CUDNN_DATA_BFLOAT16) {
  const cudnn::Problem problem = problem_of(fusion, shape, type);
  Counts counts;
  for (const cudnn::Offer& offer : cudnn::offers(problem, cudnn::target_of_json(test::json_of(gpu)))) {
    if (allows(problem.rules, offer.notes)) ++(offer.notes.runtime_compiled ? counts.runtime_compiled : counts.precompiled);
  }
  return counts;
}

Counts layers_with_one(const Gpu& gpu, Fusion fusion) {
  Counts layers;
  for (const Conv2dShape& shape : test::resnet_layers()) {
    const Counts counts = engines(gpu, fusion, shape);
    layers.precompiled += counts.precompiled > 0;
    layers.runtime_compiled += counts.runtime_compiled > 0;
  }
  return layers;
}

class NeedsStubDriver : public testing::Test {
 protected:
  void SetUp() override {
    if (!stub_driver_is_open) GTEST_SKIP() << "stub driver not found at " << TAGLOOM_STUB_DRIVER;
    if (cuda_versions().find("cuDNN not found") != std::string::npos)
      GTEST_SKIP() << "cuDNN is not installed: " << cuda_versions();
  }
};

class CudnnFusions : public NeedsStubDriver, public testing::WithParamInterface<Gpu> {};
using CudnnCompiles = NeedsStubDriver;

const Conv2dShape kLayer = test::layer(56, 64, 64, 3);

TEST_P(CudnnFusions, InBf16AreRunTimeCompiledOrMissing) {
  const Counts compiled{0, static_cast<int>(test::resnet_layers().size())}, none{0, 0};
  EXPECT_EQ(layers_with_one(GetParam(), convolution_statistics), compiled);
  EXPECT_EQ(layers_with_one(GetParam(), normalized_convolution_statistics), compiled);
  EXPECT_EQ(layers_with_one(GetParam(), normalized_filter_gradient), none);
  EXPECT_EQ(layers_with_one(GetParam(), masked_data_gradient_with_norm), none);
  const Counts masked = engines(GetParam(), masked_data_gradient, kLayer);  // takes a second per layer
  EXPECT_EQ(masked.precompiled, 0);
  EXPECT_GT(masked.runtime_compiled, 0);
}

// The graphs themselves are valid: Hopper has precompiled engines for them in half precision.
TEST_F(CudnnCompiles, HalfPrecisionIsPrecompiledOnHopper) {
  const Gpu& hopper = test::kGpus[1];
  for (const Fusion fusion :
       {convolution_statistics, normalized_convolution_statistics, normalized_filter_gradient, masked_data_gradient_with_norm})
    EXPECT_GT(engines(hopper, fusion, kLayer, CUDNN_DATA_HALF).precompiled, 0);
}

// conv2d's graph with statistics, compiled to machine code.
TEST_F(CudnnCompiles, StatisticsOfAConvolution) {
  Conv2dGraph graph;
  graph.shape = kLayer;
  graph.bf16 = graph.statistics = true;
  try {
    plan_without_device(graph, test::json_of(test::kGpus[1]), kWorkspace);
    ADD_FAILURE() << "loading succeeded without a GPU";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cuLibraryLoadData returned error  (34)")) << "34 is the stub driver's error";
  }
}

// With timing on, some engines are compiled in addition to the precompiled ones. One that cannot be loaded is skipped.
TEST_F(CudnnCompiles, CandidatesForTiming) {
  const std::string device = test::json_of(test::kGpus[1]);
  Conv2dGraph graph;
  graph.shape = kLayer;
  graph.bf16 = true;
  test::TemporaryFolder folder;
  PlanFile file(folder.path(), "cuDNN, no GPU");
  int timed = 0;
  const auto clock = [&](const Conv2dPlanReport& plan) {
    EXPECT_FALSE(plan.notes.runtime_compiled);
    return 1.0 + timed++;
  };
  cudnn::CompileBudget none{0}, some{0.05};
  const PlanRecipe first = fastest_without_device(graph, device, kWorkspace, file, none, clock).recipe;
  EXPECT_EQ(none.seconds_left, 0);
  EXPECT_EQ(timed, 8);
  PlanFile another("", "cuDNN, no GPU");
  timed = 0;
  EXPECT_EQ(fastest_without_device(graph, device, kWorkspace, another, some, clock).recipe, first);
  EXPECT_EQ(timed, 8);
  EXPECT_LT(some.seconds_left, 0) << "nothing was compiled";
}

INSTANTIATE_TEST_SUITE_P(Kernels, CudnnFusions, testing::ValuesIn(test::kGpus),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tagloom::kernels
