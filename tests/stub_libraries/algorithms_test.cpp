// Timing cuBLASLt's algorithms with a test clock: the fastest is chosen, stored in a file, and read from it.
#include <cublasLt.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "kernels/base/recording.h"
#include "kernels/base/warning.h"
#include "kernels/cuda_libraries/timed_choice.h"
#include "kernels/linear/gemm.h"
#include "kernels/linear/linear_relu.h"
#include "tests/stub_libraries/stub_clock.h"

namespace tagloom::kernels {
namespace {

using stub::cublaslt;
using ::testing::HasSubstr;
using Floats = std::vector<float>;

class Algorithms : public stub::StubLibraries {
 protected:
  // [1 2; 3 4] [1 0 2; 0 1 1] = [1 2 4; 3 4 10]
  Floats multiply(Queue& q, Into into = Into::kOverwrite) {
    std::fill(c_, c_ + 6, 100.0f);
    cuda::gemm(q, {2, 3, 2}, a_, b_, static_cast<const float*>(nullptr), c_, into);
    synchronize(q);
    return {c_, c_ + 6};
  }
  std::string file() {
    const auto entry = std::filesystem::directory_iterator(folder_.path());
    return test::read_whole_file(entry->path().string());
  }

  // A plan is specific to the alignment of the pointers.
  alignas(256) const float a_[4] = {1, 2, 3, 4}, b_[6] = {1, 0, 2, 0, 1, 1};
  alignas(256) float c_[16];
  const Floats product_{1, 2, 4, 3, 4, 10};
};

TEST_F(Algorithms, UsesTheFirstWithoutTiming) {
  cublaslt().seconds[0] = 100;
  Queue q = new_queue({});
  EXPECT_EQ(multiply(q), product_);
  EXPECT_EQ(multiply(q), product_);
  EXPECT_EQ(cublaslt().last_run, 0);
  EXPECT_EQ(cublaslt().runs, 2);
  EXPECT_EQ(cublaslt().heuristics, 1);
  EXPECT_EQ(folder_.file_count(), 0);
}

TEST_F(Algorithms, ChoosesAndStoresTheFastest) {
  cublaslt().seconds[5] = 0.25;
  Queue q = new_queue(rules());
  EXPECT_EQ(multiply(q), product_);
  EXPECT_EQ(cublaslt().last_run, 5);
  EXPECT_EQ(cublaslt().runs, stub::kMost * 4 + 1);
  EXPECT_THAT(file(), HasSubstr("owner cuDNN 9.19.0, cuBLASLt 13.1.0, emulated\n"));
  EXPECT_THAT(file(), HasSubstr("plan 5 0=-9223372036854775547,1=-9223372036854775547,"));  // 0x8000000000000105
  EXPECT_THAT(file(), HasSubstr(" 0.25 gemm fp32>fp32 m=2 n=3 k=2 transpose=00 epilogue=none alignment="));

  EXPECT_EQ(multiply(q), product_);  // not timed again
  EXPECT_EQ(cublaslt().runs, stub::kMost * 4 + 2);
}

// Simulates a later process: the file is in a folder that this process has not read.
class KeptAlgorithms : public Algorithms {
 protected:
  void SetUp() override {
    Algorithms::SetUp();
    cublaslt().seconds[5] = 0.25;
    Queue q = new_queue(rules());
    multiply(q);
    ASSERT_EQ(cublaslt().last_run, 5);
    std::filesystem::copy(folder_.path(), later_.path());
    cublaslt().runs = cublaslt().heuristics = 0;
  }
  Queue later_queue() { return new_queue(rules(later_.path()), Like::kLastOne); }

  test::TemporaryFolder later_;
};

TEST_F(KeptAlgorithms, AreUsedWithoutTiming) {
  Queue q = later_queue();
  EXPECT_EQ(multiply(q), product_);
  EXPECT_EQ(cublaslt().last_run, 5);
  EXPECT_EQ(cublaslt().runs, 1);
  EXPECT_EQ(cublaslt().heuristics, 0);
}

TEST_F(KeptAlgorithms, AreTimedAgainIfTheLibraryRejectsThem) {
  cublaslt().accepts[5] = false;
  cublaslt().fails[5] = true;
  cublaslt().seconds[1] = 0.5;
  Queue q = later_queue();
  EXPECT_EQ(multiply(q), product_);
  EXPECT_EQ(cublaslt().last_run, 1);
  EXPECT_EQ(cublaslt().runs, (stub::kMost - 1) * 4 + 1);
}

TEST_F(KeptAlgorithms, ApplyToOneProductOnly) {
  const auto heuristics_of = [&](const auto& work) {
    cublaslt().heuristics = 0;
    work();
    return cublaslt().heuristics;
  };
  Queue q = later_queue();
  const float* const no_bias = nullptr;
  const auto gemm = [&](GemmShape shape, const float* bias, float* to, Into into) {
    return heuristics_of([&] { cuda::gemm(q, shape, a_, b_, bias, to, into); });
  };
  EXPECT_EQ(gemm({2, 3, 2}, no_bias, c_, Into::kOverwrite), 0);
  EXPECT_EQ(gemm({2, 3, 2}, no_bias, c_, Into::kAdd), 1);
  EXPECT_EQ(gemm({2, 3, 2}, b_, c_, Into::kOverwrite), 1);
  EXPECT_EQ(gemm({3, 2, 2}, no_bias, c_, Into::kOverwrite), 1);
  EXPECT_EQ(gemm({2, 3, 2, true, false}, no_bias, c_, Into::kOverwrite), 1);
  EXPECT_EQ(gemm({2, 3, 2, false, true}, no_bias, c_, Into::kOverwrite), 1);
  EXPECT_EQ(gemm({2, 3, 2}, no_bias, c_ + 1, Into::kOverwrite), 1);  // aligned to 4 bytes
  QueueRules tf32 = rules(later_.path());
  tf32.tf32 = true;
  set_rules(q, tf32);
  EXPECT_EQ(gemm({2, 3, 2}, no_bias, c_, Into::kOverwrite), 1);
}

TEST_F(Algorithms, TimingDoesNotAddToSums) {
  Queue q = new_queue(rules());
  EXPECT_EQ(multiply(q, Into::kAdd), (Floats{101, 102, 104, 103, 104, 110}));
  EXPECT_EQ(cublaslt().runs, stub::kMost * 4 + 1);
}

TEST_F(Algorithms, SkipsThoseThatDoNotRun) {
  for (const int id : {0, 2, 5}) cublaslt().fails[id] = true;
  cublaslt().seconds[5] = 0.1;
  cublaslt().seconds[6] = 0.5;
  Queue q = new_queue(rules());
  EXPECT_EQ(multiply(q), product_);
  EXPECT_EQ(cublaslt().last_run, 6);
}

TEST_F(Algorithms, TimesNothingDuringRecording) {
  cublaslt().seconds[3] = 0.5;
  Queue q = new_queue(rules());
  std::fill(c_, c_ + 6, 0.0f);
  const auto work = [&] { cuda::gemm(q, {2, 3, 2}, a_, b_, static_cast<const float*>(nullptr), c_, Into::kAdd); };
  auto recording = record(q, work);
  EXPECT_EQ(cublaslt().last_run, 0);  // nothing is cached yet
  EXPECT_EQ(cublaslt().runs, 1);
  work();  // times the algorithms
  EXPECT_EQ(cublaslt().last_run, 3);
  EXPECT_EQ(Floats(c_, c_ + 6), product_);
  recording = record(q, work);
  EXPECT_EQ(cublaslt().last_run, 3);
  recording->repeat(q);
  synchronize(q);
  EXPECT_EQ(Floats(c_, c_ + 6), (Floats{2, 4, 8, 6, 8, 20}));
}

TEST_F(Algorithms, UsesTheFirstWithoutMemoryForTiming) {
  std::string warning;
  set_warning_sink([&](const std::string& sentence) { warning = sentence; });
  Queue q = new_queue(rules());
  TimedCache<int, int> cache;
  const auto no_memory = []() -> int { throw OutOfMemory(1024, "none is left"); };
  EXPECT_EQ(*(timed_or_chosen<int, int>(q, cache, 1, no_memory, [] { return 7; })), 7);
  set_warning_sink(nullptr);
  EXPECT_THAT(warning, HasSubstr("using the first one: none is left"));
}

TEST_F(Algorithms, Bfloat16PartialSumsAreFloat) {
  Queue q = new_queue({});
  const std::vector<Bf16> a(4, 1.0f), b(6, 1.0f);
  std::vector<Bf16> c(6);
  cuda::gemm(q, {2, 3, 2}, a.data(), b.data(), static_cast<const Bf16*>(nullptr), c.data(), Into::kOverwrite);
  EXPECT_EQ(cublaslt().reduction_schemes, unsigned{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  multiply(q);
  EXPECT_EQ(cublaslt().reduction_schemes, unsigned{CUBLASLT_REDUCTION_SCHEME_MASK});
}

// A backward pass through ReLU for which cuBLASLt does not support the bias' gradient: requested once, then computed in two
// steps.
class RefusedEpilogue : public Algorithms {
 protected:
  void expect_two_steps() {
    Queue q = new_queue({});
    const int64_t n = 2, k = 2, m = 3;
    alignas(16) uint8_t bits[2 * 16] = {};
    ReluMask mask{bits, false};
    stub::DeviceArray<float> x{{1, 1, 1, 1}}, weight{{1, 1, -1, -1, 2, 2}}, bias{{0, 0, 0}};
    stub::DeviceArray<float> y{Floats(n * m)}, dz{Floats(n * m)}, dbias{Floats(m, 10)};
    cuda::linear_relu_forward(q, {n, k, m}, x.data(), weight.data(), bias.data(), y.data(), mask);
    ASSERT_TRUE(mask.written);
    ASSERT_EQ(y.values(), (Floats{2, 0, 4, 2, 0, 4}));
    const int before = cublaslt().heuristics;
    for (int step = 1; step <= 3; ++step) {
      cuda::linear_relu_backward(q, {n, k, m}, a_, b_, y.data(), mask, dz.data(), dbias.data(), Into::kAdd);
      synchronize(q);
      EXPECT_EQ(dz.values(), (Floats{1, 0, 4, 3, 0, 10}));
      EXPECT_EQ(dbias.values(), (Floats{10.0f + 4 * step, 10, 10.0f + 14 * step}));
      EXPECT_EQ(cublaslt().heuristics - before, 2)
          << "one for the rejected epilogue, one for the epilogue without the bias' gradient";
    }
  }
};

TEST_F(RefusedEpilogue, ByTheHeuristicsIsRequestedOnce) {
  cublaslt().refused_epilogue = CUBLASLT_EPILOGUE_DRELU_BGRAD;
  expect_two_steps();
}

TEST_F(RefusedEpilogue, ByTheProductIsRequestedOnce) {
  cublaslt().impossible_epilogue = CUBLASLT_EPILOGUE_DRELU_BGRAD;
  expect_two_steps();
  EXPECT_EQ(cublaslt().refused_runs, 1);
}

}  // namespace
}  // namespace tagloom::kernels
