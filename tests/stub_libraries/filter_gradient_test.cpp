// A filter's gradient if the convolution is a product: by cuDNN or by cuBLASLt, whichever is faster by a test clock.
#include <cudnn.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "kernels/base/recording.h"
#include "kernels/cnn/conv2d.h"
#include "tests/stub_libraries/stub_clock.h"

namespace tagloom::kernels {
namespace {

using stub::cublaslt;
using stub::cudnn;
using ::testing::HasSubstr;

// Two pixels of two channels, three filters: df = dy^T x.
constexpr Conv2dShape kProduct{1, 1, 2, 2, 3, 1, 1};

template <class T>
class FilterGradients : public stub::StubLibraries {
 protected:
  std::vector<float> gradient(Queue& q, Into into = Into::kOverwrite, const Conv2dShape& shape = kProduct) {
    df_ = std::vector<float>(6, 100.0f);
    cuda::conv2d_backward_filter(q, shape, x_.data(), dy_.data(), df_.data(), into);
    synchronize(q);
    return df_.values();
  }
  void expect_way(stub::Library& taken, const std::vector<float>& df, std::vector<float> expected) {
    stub::Library& other = &taken == &cudnn() ? cublaslt() : cudnn();
    EXPECT_EQ(df, expected);
    EXPECT_GT(taken.runs, 0);
    EXPECT_EQ(other.runs, 0);
    taken.runs = 0;
  }
  void forget_runs() { cudnn().runs = cublaslt().runs = 0; }

  stub::DeviceArray<T> x_{{1.0f, 2.0f, 3.0f, 4.0f}}, dy_{{1.0f, 0.0f, 2.0f, 0.0f, 1.0f, 1.0f}};
  stub::DeviceArray<float> df_{std::vector<float>(6)};
  const std::vector<float> gradient_{1, 2, 3, 4, 5, 8}, added_{101, 102, 103, 104, 105, 108};
};
using Types = testing::Types<Real, Bf16>;
TYPED_TEST_SUITE(FilterGradients, Types);

TYPED_TEST(FilterGradients, WithoutTimingFloatUsesCudnnAndBfloat16CublasLt) {
  Queue q = this->new_queue({});
  this->expect_way(sizeof(TypeParam) == 4 ? cudnn() : cublaslt(), this->gradient(q), this->gradient_);
}

TYPED_TEST(FilterGradients, ChoosesAndStoresTheFasterWay) {
  for (const bool product_wins : {true, false}) {
    // Each way is timed with its best candidate: cuBLASLt's third algorithm, cuDNN's second engine.
    cublaslt().seconds[2] = product_wins ? 0.25 : 0.75;
    cudnn().seconds[1] = 0.5;
    stub::Library& winner = product_wins ? cublaslt() : cudnn();
    const test::TemporaryFolder plans;
    Queue q = this->new_queue(this->rules(plans.path()));
    EXPECT_EQ(this->gradient(q), this->gradient_);
    EXPECT_EQ(winner.last_run, product_wins ? 2 : 1);
    this->forget_runs();
    this->expect_way(winner, this->gradient(q), this->gradient_);
    EXPECT_EQ(this->gradient(q, Into::kAdd), this->added_);  // kAdd is timed separately
    this->forget_runs();
    this->expect_way(winner, this->gradient(q, Into::kAdd), this->added_);
  }
}

TYPED_TEST(FilterGradients, UsesAStoredWayWithoutTiming) {
  cublaslt().seconds[2] = 0.25;
  Queue first = this->new_queue(this->rules());
  this->gradient(first);
  const auto file = std::filesystem::directory_iterator(this->folder_.path())->path().string();
  EXPECT_THAT(test::read_whole_file(file), HasSubstr("plan 1 - 0.25 way of conv2d_backward_filter "));
  test::TemporaryFolder later;
  std::filesystem::copy(this->folder_.path(), later.path());
  this->forget_runs();
  Queue q = this->new_queue(this->rules(later.path()), stub::StubLibraries::Like::kLastOne);
  EXPECT_EQ(this->gradient(q), this->gradient_);
  EXPECT_EQ(cublaslt().runs, 1);
  EXPECT_EQ(cudnn().runs, 0);
}

TYPED_TEST(FilterGradients, TimesNothingDuringRecording) {
  cublaslt().seconds[2] = cudnn().seconds[1] = 0.1;
  Queue q = this->new_queue(this->rules());
  this->df_ = std::vector<float>(6, 100.0f);
  const auto work = [&] {
    cuda::conv2d_backward_filter(q, kProduct, this->x_.data(), this->dy_.data(), this->df_.data(), Into::kOverwrite);
  };
  auto recording = record(q, work);  // throws if the work waits
  EXPECT_EQ(cudnn().runs + cublaslt().runs, 1);
  EXPECT_EQ(this->df_.values()[0], 100);
  recording->repeat(q);
  synchronize(q);
  EXPECT_EQ(this->df_.values(), this->gradient_);
  work();  // times
  EXPECT_GT(cudnn().runs, 8);
  EXPECT_GT(cublaslt().runs, 8);
  const int plans = cudnn().plans, heuristics = cudnn().heuristics + cublaslt().heuristics;
  this->forget_runs();
  recording = record(q, work);
  EXPECT_EQ(cudnn().runs + cublaslt().runs, 1);  // everything is cached, so recording queries nothing
  EXPECT_EQ(cudnn().plans, plans);
  EXPECT_EQ(cudnn().heuristics + cublaslt().heuristics, heuristics);
}

TYPED_TEST(FilterGradients, OtherConvolutionsUseCudnn) {
  Queue q = this->new_queue(this->rules());
  const Conv2dShape shape{1, 1, 2, 2, 3, 1, 1, 2};  // every second pixel: x = (1, 2), dy = (1, 0, 2)
  EXPECT_EQ(this->gradient(q, Into::kOverwrite, shape), (std::vector<float>{1, 2, 0, 0, 2, 4}));
  EXPECT_EQ(cublaslt().runs, 0);
}

// The fastest engine, a failing engine, and the plan file, through conv2d.
class TimedConvolution : public stub::StubLibraries {};

TEST_F(TimedConvolution, ChoosesTheFastestEngineThatRuns) {
  cudnn().fails[4] = true;
  cudnn().seconds[4] = 0.1;
  cudnn().seconds[6] = 0.2;
  Queue q = new_queue(rules());
  const std::vector<float> x{1, 2, 3, 4}, filter{1, 1, 1, -1};
  std::vector<float> y(4, 100);
  const auto forward = [&] {
    cuda::conv2d_forward(q, {1, 1, 2, 2, 2, 1, 1}, x.data(), filter.data(), static_cast<const float*>(nullptr),
                         static_cast<const float*>(nullptr), Activation::kNone, y.data());
  };
  forward();
  EXPECT_EQ(cudnn().last_run, 6);
  EXPECT_EQ(cudnn().runs, 7 * 4 + 1);
  EXPECT_EQ(y, (std::vector<float>{3, -1, 7, -1}));
}

// Two run-time compiled engines are timed as well, within the time limit; one has to save 5 % to be chosen.
TEST_F(TimedConvolution, ChoosesACompiledEngineIfClearlyFaster) {
  const std::vector<float> x{1, 2}, filter{1, 1};
  float y = 0;
  const auto taken = [&](double seconds_of_compiled, double compile_seconds) {
    cudnn().precompiled = 5;
    cudnn().seconds[6] = seconds_of_compiled;
    cudnn().seconds[7] = 0.01;  // beyond the limit of two
    const test::TemporaryFolder plans;
    QueueRules compiling = rules(plans.path());
    compiling.compile_seconds = compile_seconds;
    Queue q = new_queue(compiling);
    cuda::conv2d_forward(q, {1, 1, 1, 2, 1, 1, 1}, x.data(), filter.data(), static_cast<const float*>(nullptr),
                         static_cast<const float*>(nullptr), Activation::kNone, &y);
    return cudnn().last_run;
  };
  EXPECT_EQ(taken(0.5, 60), 6);
  EXPECT_EQ(taken(0.96, 60), 0);
  EXPECT_EQ(taken(0.5, 0), 0);
}

// Reads all of cuDNN's numerical notes, including those that no current engine carries.
TEST_F(TimedConvolution, ExcludesInexactEngines) {
  const std::vector<float> x{1, 2}, filter{1, 1};
  float y = 0;
  const auto first_taken = [&](int note, bool tf32) {
    cudnn().note_of_first = note;
    Queue q = new_queue({.tf32 = tf32});
    cuda::conv2d_forward(q, {1, 1, 1, 2, 1, 1, 1}, x.data(), filter.data(), static_cast<const float*>(nullptr),
                         static_cast<const float*>(nullptr), Activation::kNone, &y);
    return cudnn().last_run == 0;
  };
  EXPECT_TRUE(first_taken(-1, false));
  EXPECT_TRUE(first_taken(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP, false));
  EXPECT_TRUE(first_taken(CUDNN_NUMERICAL_NOTE_TENSOR_CORE, true));
  EXPECT_FALSE(first_taken(CUDNN_NUMERICAL_NOTE_TENSOR_CORE, false));
  for (const int note :
       {CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION, CUDNN_NUMERICAL_NOTE_FFT,
        CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, CUDNN_NUMERICAL_NOTE_WINOGRAD, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4,
        CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13}) {
    EXPECT_FALSE(first_taken(note, false)) << note;
    EXPECT_FALSE(first_taken(note, true)) << note;
  }
}

TEST_F(TimedConvolution, TimingDoesNotAddToTheGradient) {
  Queue q = new_queue(rules());
  const std::vector<float> dy{1, 2, 3, 4}, filter{1, 1, 1, -1};
  std::vector<float> dx(4, 100);
  cuda::conv2d_backward_data(q, {1, 1, 2, 2, 2, 1, 1}, filter.data(), dy.data(), dx.data(), Into::kAdd);
  EXPECT_EQ(dx, (std::vector<float>{103, 99, 107, 99}));
}

}  // namespace
}  // namespace tagloom::kernels
