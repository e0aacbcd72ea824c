// launch_limits.cpp against a fake CUDA runtime that counts calls, without a GPU or a CUDA library.
#include "kernels/cuda/launch_limits.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

namespace {

std::map<std::string, int> calls;
int dynamic_shared_bytes = 0;  // of the kernel
int non_portable = 0;
cudaError_t answer = cudaSuccess;

}  // namespace

extern "C" {

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  ++calls["device"];
  *value = attribute == cudaDevAttrCooperativeLaunch ? 1 : attribute == cudaDevAttrMultiProcessorCount ? 132 : 232448;
  return cudaSuccess;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  ++calls["attributes"];
  *attributes = {};
  attributes->sharedSizeBytes = 448;
  attributes->ptxVersion = kernel == nullptr ? 75 : 90;
  return answer;
}
cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute attribute, int value) {
  ++calls["set"];
  (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize ? dynamic_shared_bytes : non_portable) = value;
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int, size_t shared_bytes) {
  ++calls["blocks"];
  *blocks = shared_bytes <= 100000 ? 2 : shared_bytes <= 232000 ? 1 : 0;
  return answer;
}
cudaError_t cudaOccupancyMaxActiveClusters(int* clusters, const void*, const cudaLaunchConfig_t* config) {
  ++calls["clusters"];
  const unsigned size = config->attrs[0].val.clusterDim.x;
  *clusters = config->gridDim.x == size && config->dynamicSmemBytes <= 232000 ? static_cast<int>(128 / size) : 0;
  return answer;
}
cudaError_t cudaGetLastError() { return std::exchange(answer, cudaSuccess); }

}  // extern "C"

namespace tagloom::kernels {
namespace {

class LaunchLimits : public testing::Test {
 protected:
  void SetUp() override { calls.clear(); }
  static const void* kernel(int i) { return reinterpret_cast<const void*>(16 + intptr_t{i}); }  // distinct for each test
};

TEST_F(LaunchLimits, SetSharedMemoryOncePerKernel) {
  for (int launch = 0; launch < 3; ++launch) {
    const TogetherLimits limits = limits_together(0, kernel(1), 80);
    EXPECT_EQ(limits.blocks, 132);
    EXPECT_EQ(limits.shared_bytes, 232000u);
    EXPECT_EQ(blocks_together(0, kernel(1), 256, 232000), 132);
    EXPECT_EQ(blocks_together(0, kernel(1), 256, 5000), 264);
  }
  EXPECT_EQ(dynamic_shared_bytes, 232000);  // not the size of the last launch
  EXPECT_EQ(calls["set"], 1);
  EXPECT_EQ(calls["attributes"], 1);
  EXPECT_EQ(calls["blocks"], 2);
  limits_together(1, kernel(1), 80);
  limits_together(0, kernel(2), 80);
  EXPECT_EQ(calls["set"], 3);
}

TEST_F(LaunchLimits, QueryEachClusterSizeOnce) {
  for (int launch = 0; launch < 3; ++launch) {
    EXPECT_EQ(clusters_together(0, kernel(3), 8, 256, 200000), 16);
    EXPECT_EQ(non_portable, launch == 0 ? 0 : 1);
    EXPECT_EQ(clusters_together(0, kernel(3), 16, 256, 200000), 8);
    EXPECT_EQ(clusters_together(0, kernel(3), 16, 256, 232001), 0);
  }
  EXPECT_EQ(calls["clusters"], 3);
}

TEST_F(LaunchLimits, AreZeroIfUnsupported) {
  EXPECT_EQ(limits_together(0, nullptr, 80).blocks, 0);
  answer = cudaErrorInvalidDeviceFunction;
  EXPECT_EQ(limits_together(0, kernel(4), 80).blocks, 0);
  EXPECT_EQ(answer, cudaSuccess);  // the next launch must not report the error
  answer = cudaErrorNotSupported;
  EXPECT_EQ(clusters_together(0, kernel(4), 4, 256, 1000), 0);
  EXPECT_EQ(calls["set"], 0);
}

}  // namespace
}  // namespace tagloom::kernels
