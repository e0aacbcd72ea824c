// Every convolution graph of ResNet-50/101 and their variants, and of VGG-16, must have a precompiled, deterministic cuDNN engine on every supported GPU
// generation. The test needs cuDNN, but no GPU: cuDNN plans from the properties of a device.
//
// It checks that cuDNN accepts and plans the graphs, not that their results are right.
#include <gtest/gtest.h>

#include <stdexcept>

#include "kernels/base/device.h"
#include "kernels/cuda_libraries/conv2d_graph.h"
#include "tests/kernels/cuda_libraries/gpus_without_one.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::kernels {
namespace {

using test::Gpu;
using test::json_of;
using test::kBatch;
using test::layer;
using test::resnet_layers;

constexpr size_t kWorkspace = size_t{512} << 20;

std::vector<Conv2dShape> vgg_layers() {
  return {layer(224, 8, 64, 3),   layer(224, 64, 64, 3),  layer(112, 64, 128, 3), layer(112, 128, 128, 3), layer(56, 128, 256, 3),
          layer(56, 256, 256, 3), layer(28, 256, 512, 3), layer(28, 512, 512, 3), layer(14, 512, 512, 3)};
}

// Layers that a batch norm follows; ResNet-50-D has three 3x3 in its stem.
std::vector<Conv2dShape> normalised_layers() {
  std::vector<Conv2dShape> layers{layer(224, 8, 32, 3, 2), layer(112, 32, 32, 3), layer(112, 32, 64, 3)};
  for (const auto& more : {resnet_layers(), resnet_layers(2), test::resnext_layers()}) {
    layers.insert(layers.end(), more.begin(), more.end());
  }
  return layers;
}

std::vector<Conv2dGraph> backward_graphs(const Conv2dGraph& graph) {
  std::vector<Conv2dGraph> graphs;
  for (const bool add : {false, true}) {
    Conv2dGraph data = graph, filter = graph;
    data.pass = Conv2dPass::kBackwardData;
    filter.pass = Conv2dPass::kBackwardFilter;
    data.add = filter.add = add;
    if (graph.shape.c != 8) graphs.push_back(data);      // the pictures need no gradient
    if (!(add && graph.bf16)) graphs.push_back(filter);  // widen_into adds bf16 gradients
  }
  return graphs;
}

// The forms in which the engine runs a layer: trained (plain before batch norm, bias and ReLU in VGG), and for inference
// with batch norm folded into filter and bias.
std::vector<Conv2dGraph> graphs_of(const Conv2dShape& shape, bool batch_norm, bool bf16, bool tf32) {
  Conv2dGraph graph;
  graph.shape = shape;
  graph.bf16 = bf16;
  graph.tf32 = tf32;
  std::vector<Conv2dGraph> graphs = backward_graphs(graph);
  if (batch_norm) graphs.push_back(graph);
  graph.bias = true;
  if (batch_norm && shape.r == 1 && shape.k > shape.c) graphs.push_back(graph);  // a shortcut
  graph.relu = true;
  graphs.push_back(graph);
  graph.residual = true;
  if (batch_norm && shape.r == 1) graphs.push_back(graph);
  return graphs;
}

class NeedsCudnn : public testing::Test {
 protected:
  void SetUp() override {
    if constexpr (!kCudaBuilt) {
      GTEST_SKIP() << "this build has no CUDA support";
    } else if (cuda_versions().find("cuDNN not found") != std::string::npos) {
      GTEST_SKIP() << "cuDNN is not installed: " << cuda_versions();
    }
  }
};

class CudnnGraphs : public NeedsCudnn, public testing::WithParamInterface<Gpu> {};
using CudnnGraphsRefused = NeedsCudnn;

TEST_P(CudnnGraphs, EveryLayerHasAPrecompiledEngine) {
  if constexpr (kCudaBuilt) {
    const std::string device = json_of(GetParam());
    int plans = 0;
    for (const auto& [bf16, tf32] : {std::pair{true, false}, {false, true}, {false, false}}) {
      for (const bool batch_norm : {true, false}) {
        for (const Conv2dShape& shape : batch_norm ? normalised_layers() : vgg_layers()) {
          for (const Conv2dGraph& graph : graphs_of(shape, batch_norm, bf16, tf32)) {
            try {
              const Conv2dPlanReport report = plan_without_device(graph, device, kWorkspace);
              EXPECT_FALSE(report.notes.runtime_compiled)
                  << describe(graph) << ": engine " << report.recipe.engine << " must be compiled";
              EXPECT_LE(report.workspace_bytes, kWorkspace) << describe(graph);
              ++plans;
            } catch (const Error& error) {
              ADD_FAILURE() << error.what();
            }
          }
        }
      }
    }
    EXPECT_GT(plans, 1200);
  }
}

// The filter's gradient of bf16 pictures is rounded to bf16, because no engine writes it in float, precompiled or not. If this
// test fails with a newer cuDNN, conv2d_cuda.cpp no longer needs to round.
TEST_P(CudnnGraphs, NoEngineWritesAFloatFilterGradientForBf16) {
  if constexpr (kCudaBuilt) {
    const std::string device = json_of(GetParam());
    for (const Conv2dShape& shape : {layer(28, 512, 512, 3), layer(56, 64, 256, 1), layer(224, 8, 64, 7, 2)}) {
      Conv2dGraph graph;
      graph.shape = shape;
      graph.pass = Conv2dPass::kBackwardFilter;
      graph.bf16 = true;
      EXPECT_NO_THROW(plan_without_device(graph, device, kWorkspace));
      graph.float_filter = true;
      EXPECT_THROW(plan_without_device(graph, device, kWorkspace), Error) << describe(graph);
    }
  }
}

// train.deterministic excludes nondeterministic engines, which cuDNN offers without it.
TEST_P(CudnnGraphs, DeterministicRulesExcludeNondeterministicEngines) {
  if constexpr (kCudaBuilt) {
    const std::string device = json_of(GetParam());
    int other = 0;
    for (const bool deterministic : {true, false}) {
      for (const Conv2dShape& shape : {layer(56, 64, 64, 3), layer(28, 512, 1024, 1, 2)}) {
        Conv2dGraph graph;
        graph.shape = shape;
        graph.tf32 = true;  // its bf16 engines are all deterministic
        graph.deterministic = deterministic;
        for (const Conv2dGraph& backward : backward_graphs(graph)) {
          for (const Conv2dPlanReport& report : plans_without_device(backward, device, kWorkspace, 1000)) {
            other += !report.notes.deterministic;
            EXPECT_TRUE(report.notes.deterministic || !deterministic)
                << describe(backward) << ": engine " << report.recipe.engine;
          }
        }
      }
    }
    EXPECT_GT(other, 0);
  }
}

bool is_inexact(const cudnn::EngineNotes& notes) {
  return notes.reduced_sums || notes.down_converts || notes.fourier || notes.winograd;
}

// Products are of the unchanged inputs, and sums are float. cuDNN also offers less exact engines for these layers, which would
// win the timing.
TEST_P(CudnnGraphs, ExcludesInexactEngines) {
  if constexpr (kCudaBuilt) {
    const std::string device = json_of(GetParam());
    int inexact = 0, float_winograd = 0;
    for (const auto& [bf16, tf32] : {std::pair{true, false}, {false, true}, {false, false}}) {
      for (const Conv2dShape& shape :
           {layer(224, 64, 64, 3), layer(56, 64, 64, 3), layer(56, 64, 64, 5), layer(56, 256, 64, 1)}) {
        Conv2dGraph graph;
        graph.shape = shape;
        graph.bf16 = bf16;
        graph.tf32 = tf32;
        graph.deterministic = false;
        std::vector<Conv2dGraph> graphs = backward_graphs(graph);
        graphs.push_back(graph);
        for (const Conv2dGraph& each : graphs) {
          for (const Conv2dPlanReport& report : offers_without_device(each, device)) {
            inexact += is_inexact(report.notes);
            float_winograd += report.notes.winograd && !bf16 && !tf32;
          }
          for (const Conv2dPlanReport& report : plans_without_device(each, device, kWorkspace, 1000)) {
            EXPECT_FALSE(is_inexact(report.notes)) << describe(each) << ": engine " << report.recipe.engine;
            EXPECT_TRUE(bf16 || tf32 || !report.notes.tensor_cores) << describe(each) << ": engine " << report.recipe.engine;
          }
        }
      }
    }
    EXPECT_GT(inexact, 0);  // the rules exclude at least one
    EXPECT_EQ(float_winograd > 0, GetParam().version == 800);
  }
}

bool is_same(const PlanRecipe& a, const PlanRecipe& b) { return a.engine == b.engine && a.knobs == b.knobs; }

// QueueRules::benchmark with a test clock: the fastest engine is chosen, stored, and used again without timing.
TEST_P(CudnnGraphs, ChoosesAndStoresTheFastestEngine) {
  if constexpr (kCudaBuilt) {
    const std::string device = json_of(GetParam());
    test::TemporaryFolder folder;
    cudnn::CompileBudget budget;
    Conv2dGraph graph;
    graph.shape = layer(56, 64, 64, 3);
    graph.bf16 = true;
    const std::vector<Conv2dPlanReport> offers = plans_without_device(graph, device, kWorkspace, 8);
    ASSERT_GE(offers.size(), 3u);
    ASSERT_FALSE(is_same(offers[0].recipe, offers[2].recipe));
    const auto clock = [&](const Conv2dPlanReport& offer) { return is_same(offer.recipe, offers[2].recipe) ? 0.25 : 0.5; };
    PlanFile file(folder.path(), "cuDNN, no GPU");
    EXPECT_TRUE(is_same(fastest_without_device(graph, device, kWorkspace, file, budget, clock).recipe, offers[2].recipe));

    const auto no_clock = [](const Conv2dPlanReport&) -> double { throw std::logic_error("the plan is already stored"); };
    PlanFile later(folder.path(), "cuDNN, no GPU");
    const Conv2dPlanReport again = fastest_without_device(graph, device, kWorkspace, later, budget, no_clock);
    EXPECT_TRUE(is_same(again.recipe, offers[2].recipe));
    EXPECT_EQ(again.workspace_bytes, offers[2].workspace_bytes);
    EXPECT_FALSE(again.notes.runtime_compiled);
    graph.shape.n = 32;  // another shape has no stored plan
    EXPECT_THROW(fastest_without_device(graph, device, kWorkspace, later, budget, no_clock), std::logic_error);
  }
}

TEST_P(CudnnGraphs, TimesAgainIfTheStoredEngineDoesNotExist) {
  if constexpr (kCudaBuilt) {
    const std::string device = json_of(GetParam());
    test::TemporaryFolder folder;
    cudnn::CompileBudget budget;
    PlanFile file(folder.path(), "cuDNN, no GPU");
    Conv2dGraph graph;
    graph.shape = layer(56, 64, 64, 3);
    graph.bf16 = true;
    int timed = 0;
    const auto clock = [&](const Conv2dPlanReport&) { return static_cast<double>(++timed); };
    const PlanRecipe first = fastest_without_device(graph, device, kWorkspace, file, budget, clock).recipe;
    ASSERT_EQ(file.find(plan_name(graph, kWorkspace)), first);
    timed = 0;
    file.put(plan_name(graph, kWorkspace), {.engine = 99999});
    EXPECT_EQ(fastest_without_device(graph, device, kWorkspace, file, budget, clock).recipe, first);
    EXPECT_GT(timed, 1);
    EXPECT_EQ(file.find(plan_name(graph, kWorkspace)), first);
  }
}

// The negative case, so that the tests above can fail: without workspace, an engine that needs some is rejected, and an unknown
// device has no engines.
TEST_F(CudnnGraphsRefused, AnUnknownDeviceHasNoEngine) {
  if constexpr (kCudaBuilt) {
    Conv2dGraph graph;
    graph.shape = layer(56, 64, 64, 3);
    EXPECT_THROW(plan_without_device(graph, json_of({100, "no such GPU", 1, 1, 1, 1, 1}), kWorkspace), Error);
    EXPECT_THROW(plan_without_device(graph, "{}", kWorkspace), Error);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, CudnnGraphs, testing::ValuesIn(test::kGpus),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tagloom::kernels
