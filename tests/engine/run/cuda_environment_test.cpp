// Environment variables that control the GPU libraries; needs no GPU.
#include "engine/run/cuda_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

using ::testing::HasSubstr;

class CudaEnvironment : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"TAGLOOM_CUDA_BENCHMARK", "TAGLOOM_CUDNN_BENCHMARK", "TAGLOOM_CUDA_COMPILE_SECONDS",
                             "TAGLOOM_CUDA_WORKSPACE", "TAGLOOM_CUDA_GRAPHS", "TAGLOOM_LSTM_DECODE", "TAGLOOM_CACHE"}) {
      const char* const value = std::getenv(name);
      before_[name] = value == nullptr ? "" : value;
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }
  static std::string complaint(bool same_bits = false) {
    try {
      with_environment({}, same_bits);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kUsage ? error.what() : "not a usage error";
    }
    return "";
  }

  std::map<std::string, std::string> before_;
};

TEST_F(CudaEnvironment, ChangesNothingIfUnset) {
  const kernels::QueueRules rules = with_environment({.tf32 = true, .deterministic = false}, true);
  EXPECT_TRUE(rules.tf32);
  EXPECT_FALSE(rules.deterministic);
  EXPECT_FALSE(rules.benchmark);
  EXPECT_EQ(rules.plan_folder, "");
  EXPECT_EQ(rules.workspace_bytes, 0u);
}

TEST_F(CudaEnvironment, BenchmarkStoresItsChoicesInTheCacheFolder) {
  setenv("TAGLOOM_CUDA_BENCHMARK", "1", 1);
  setenv("TAGLOOM_CACHE", "/caches", 1);
  const kernels::QueueRules rules = with_environment({}, false);
  EXPECT_TRUE(rules.benchmark);
  EXPECT_EQ(rules.plan_folder, "/caches/cudnn");
  EXPECT_THAT(complaint(true), HasSubstr("unset it, or train.deterministic"));
}

TEST_F(CudaEnvironment, ReadsBenchmarksOlderName) {
  setenv("TAGLOOM_CUDNN_BENCHMARK", "1", 1);
  EXPECT_TRUE(with_environment({}, false).benchmark);
  EXPECT_THAT(complaint(true), HasSubstr("TAGLOOM_CUDNN_BENCHMARK=1"));
  setenv("TAGLOOM_CUDA_BENCHMARK", "0", 1);
  EXPECT_FALSE(with_environment({}, false).benchmark);
}

TEST_F(CudaEnvironment, ReadsTheCompileBudget) {
  EXPECT_EQ(with_environment({}, true).compile_seconds, 60);
  setenv("TAGLOOM_CUDA_COMPILE_SECONDS", "0", 1);
  EXPECT_EQ(with_environment({}, true).compile_seconds, 0);
  setenv("TAGLOOM_CUDA_COMPILE_SECONDS", "-1", 1);
  EXPECT_THAT(complaint(), HasSubstr("a number of seconds from 0 to 3600"));
}

TEST_F(CudaEnvironment, ReadsTheWorkspaceInMebibytes) {
  setenv("TAGLOOM_CUDA_WORKSPACE", "512", 1);
  EXPECT_EQ(with_environment({}, true).workspace_bytes, size_t{512} << 20);
}

TEST_F(CudaEnvironment, GraphsCanBeTurnedOff) {
  EXPECT_TRUE(with_environment({}, true).graphs);
  setenv("TAGLOOM_CUDA_GRAPHS", "0", 1);
  EXPECT_FALSE(with_environment({}, true).graphs);
}

TEST_F(CudaEnvironment, ReadsTheDecodersForm) {
  using kernels::DecodeForm;
  EXPECT_EQ(with_environment({}, true).decode_form, DecodeForm::kFastest);
  for (const auto& [value, form] :
       {std::pair{"cluster", DecodeForm::kCluster}, {"grid", DecodeForm::kGrid}, {"steps", DecodeForm::kSteps}}) {
    setenv("TAGLOOM_LSTM_DECODE", value, 1);
    EXPECT_EQ(with_environment({}, true).decode_form, form) << value;
  }
}

TEST_F(CudaEnvironment, RejectsInvalidValues) {
  for (const char* value : {"15", "65537", "512MB", "-1", "many"}) {
    setenv("TAGLOOM_CUDA_WORKSPACE", value, 1);
    EXPECT_THAT(complaint(), HasSubstr("a number of MiB from 16 to 65536")) << value;
  }
  unsetenv("TAGLOOM_CUDA_WORKSPACE");
  setenv("TAGLOOM_CUDA_BENCHMARK", "yes", 1);
  EXPECT_THAT(complaint(), HasSubstr("must be 0 or 1"));
  unsetenv("TAGLOOM_CUDA_BENCHMARK");
  setenv("TAGLOOM_CUDA_GRAPHS", "on", 1);
  EXPECT_THAT(complaint(), HasSubstr("TAGLOOM_CUDA_GRAPHS=on: must be 0 or 1"));
  unsetenv("TAGLOOM_CUDA_GRAPHS");
  setenv("TAGLOOM_LSTM_DECODE", "clusters", 1);
  EXPECT_EQ(complaint(), "TAGLOOM_LSTM_DECODE=clusters: must be cluster, grid or steps");
}

}  // namespace
}  // namespace tagloom
