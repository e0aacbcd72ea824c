// Training with recorded steps and with batches read ahead ends with the same bits as training whose kernels are launched one by
// one. Runs on a GPU, and on the device that tests/emulated_cuda emulates on the CPU.
#include <gtest/gtest.h>

#include "engine/ops/ops.h"
#include "engine/train/trainer.h"
#include "kernels/base/warning.h"
#include "models/taggers/classifier.h"
#include "models/taggers/jvsp.h"
#include "models/taggers/multi_order.h"
#include "models/taggers/ordered_rnn.h"
#include "tests/models/taggers/head_alone.h"
#include "tests/support/gpu_test.h"
#include "tests/support/queue_orders.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kFeatures = 16, kTags = 6, kEpochs = 4;

// Three batches of 4, 4 and 2 pictures per epoch, with different values in each.
class MadeUpSource : public BatchSource {
 public:
  explicit MadeUpSource(Device device) : device_(device) {}
  void start_epoch(int64_t epoch, int64_t first_batch) override { epoch_ = epoch, next_ = first_batch; }
  bool next(Batch& batch) override {
    if (next_ == batches()) return false;
    const int64_t n = next_ == 2 ? 2 : 4;
    const auto seed = static_cast<uint64_t>(epoch_ * batches() + next_);
    std::vector<uint8_t> labels(n * kTags, 0);
    batch.position = next_++;
    batch.prepared = false;
    batch.index.clear();
    batch.tags.clear();
    for (int64_t i = 0; i < n; ++i) {
      const auto first = static_cast<int32_t>((seed + i) % 2), last = static_cast<int32_t>(2 + (seed * i) % 4);
      batch.index.push_back(i);
      batch.tags.push_back({last, first});
      labels[i * kTags + first] = labels[i * kTags + last] = 1;
    }
    batch.send(batch.features, test::uniform_array(n * kFeatures, seed), {n, kFeatures}, device_);
    batch.send(batch.labels, labels, {n, kTags}, device_);
    return true;
  }
  int64_t pictures() const override { return 10; }
  int64_t batches() const override { return 3; }

 private:
  Device device_;
  int64_t epoch_ = 0, next_ = 0;
};

struct Trained {
  std::vector<std::vector<Real>> values;  // weights, running statistics, the optimizer's state; losses and norms
  int64_t recordings = 0;
};

struct Way {
  bool graphs = true, read_ahead = false, rounded = false, mixed = false;
};

// With two learning rates that change at every step, clipping, and an evaluation after each epoch.
Trained train(const std::string& optimizer_name, std::unique_ptr<TaggerHead> head, BatchSource& source, Device device, Way way) {
  kernels::set_rules(device.queue(), {.graphs = way.graphs});
  test::HeadAlone model(std::move(head), way.mixed);
  model.to(device);
  const std::vector<ParameterGroup> groups{
      {.name = "head", .parameters = model.named_parameters(), .learning_rate = 0.05, .rounded = way.rounded || way.mixed}};
  std::unique_ptr<Optimizer> optimizer;
  if (optimizer_name == "adam") optimizer = std::make_unique<Adam>(groups, AdamOptions{}, GradientClipping{.clip_norm = 0.1});
  if (optimizer_name == "sgd") optimizer = std::make_unique<Sgd>(groups, SgdOptions{}, GradientClipping{.clip_norm = 0.1});
  if (optimizer_name == "rmsprop") optimizer = std::make_unique<RmsProp>(groups, RmsPropOptions{});
  Schedule schedule({.kind = ScheduleKind::kCosine, .total_iterations = 3 * kEpochs, .iterations_per_epoch = 3});
  MadeUpSource others(device);
  Trained result;
  result.values.emplace_back();
  TrainerHooks hooks;
  hooks.on_step = [&](const StepReport& step) {
    result.values[0].push_back(static_cast<Real>(step.loss));
    result.values[0].push_back(static_cast<Real>(step.gradient_norm));
  };
  hooks.evaluate = [&] {
    others.start_epoch(100, 0);
    Batch batch;
    others.next(batch);
    model.predict(batch);
    return Evaluation{1, {}};
  };
  hooks.save_last = hooks.save_best = [](const TrainingPosition&) {};
  Trainer trainer(model, *optimizer, schedule, source, {.epochs = kEpochs, .seed = 9, .read_ahead = way.read_ahead}, hooks);
  trainer.run({});
  result.recordings = trainer.recordings();
  for (const NamedParameter& p : model.named_parameters()) result.values.push_back(p.parameter->value.to_vector());
  for (const NamedBuffer& b : model.named_buffers()) result.values.push_back(b.tensor->to_vector());
  for (const OptimizerState& s : optimizer->state()) result.values.push_back(s.tensor.to_vector());
  kernels::set_rules(device.queue(), {});
  return result;
}

class StepGraphsCuda : public test::GpuTest {
 protected:
  // make() gives a new head each time.
  template <class Make>
  void expect_the_same(const std::string& name, const std::string& optimizer, int64_t recordings, const Make& make,
                       bool mixed = false) {
    MadeUpSource source(device_);
    const Trained launched = train(optimizer, make(), source, device_, {.graphs = false, .mixed = mixed});
    EXPECT_EQ(launched.recordings, 0) << name;
    expect_equal(name, train(optimizer, make(), source, device_, {.mixed = mixed}), launched, recordings);
  }
  void expect_equal(const std::string& name, const Trained& trained, const Trained& launched, int64_t recordings) {
    EXPECT_EQ(trained.recordings, recordings) << name;
    ASSERT_EQ(trained.values.size(), launched.values.size());
    for (size_t i = 0; i < launched.values.size(); ++i) EXPECT_EQ(trained.values[i], launched.values[i]) << name << " " << i;
    EXPECT_NE(launched.values[0].front(), launched.values[0].back());  // something is learned
  }
  // With batches read ahead and queues in any order, training ends with the bits of one that waits for each batch.
  template <class Make>
  void expect_the_same_ahead(const std::string& name, BatchSource& source, int64_t recordings, const Make& make) {
    const Trained launched = train("adam", make(), source, device_, {.graphs = false});
    for (const auto& set_order : test::queue_orders()) {
      set_order();
      for (const bool graphs : {false, true}) {
        const Trained ahead = train("adam", make(), source, device_, {.graphs = graphs, .read_ahead = true});
        expect_equal(name, ahead, launched, graphs ? recordings : 0);
      }
    }
  }

  void SetUp() override {
    GpuTest::SetUp();
    if (!IsSkipped()) device_ = Device::cuda(0);
  }
  Device device_;
};

TEST_F(StepGraphsCuda, ClassifierMatchesLaunchedStepsBitwise) {
  for (const char* const loss : {"bce", "asl", "warp"}) {
    ClassifierOptions options{.features = kFeatures, .tags = kTags, .feature_dropout = 0.5, .feature_norm = true};
    options.loss.classifier = loss;
    options.loss.sampled = options.loss.classifier == "warp";  // draws in the kernel
    expect_the_same(format("classifier, loss {}", loss), "adam", 2, [&] { return std::make_unique<Classifier>(options); });
  }
}

TEST_F(StepGraphsCuda, MultiOrderMatchesLaunchedStepsBitwise) {
  for (const InitialState start : {InitialState::kFeatures, InitialState::kProbabilities}) {
    for (const DecodeLoop loop : {DecodeLoop::kFastest, DecodeLoop::kOpByOp}) {
      const MultiOrderOptions options{.features = kFeatures,
                                      .tags = kTags,
                                      .hidden = 8,
                                      .embedding = 4,
                                      .steps = 3,
                                      .state = start,
                                      .feature_dropout = 0.3,
                                      .loop = loop};
      for (const bool mixed : {false, true}) {
        expect_the_same(
            "multi_order", "rmsprop", 2, [&] { return std::make_unique<MultiOrder>(options); }, mixed);
      }
    }
  }
}

TEST_F(StepGraphsCuda, OrderedRnnMatchesLaunchedStepsBitwise) {
  OrderedRnnOptions options = rank_model(
      {.features = kFeatures, .tags = numbered_tags(kTags), .hidden = 8, .embedding = 4, .image_embedding = 4, .dropout = 0.5});
  expect_the_same("rank with dropout", "sgd", 2, [&] { return std::make_unique<OrderedRnn>(options); });
  options.dropout = 0;
  expect_the_same("rank as one op", "adam", 2, [&] { return std::make_unique<OrderedRnn>(options); });
  options.feedback = Feedback::kTeacher;
  options.end = true;
  options.state = InitialState::kProbabilities;
  expect_the_same("teacher forcing", "adam", 2, [&] { return std::make_unique<OrderedRnn>(options); });
  expect_the_same(
      "teacher forcing, mixed precision", "adam", 2, [&] { return std::make_unique<OrderedRnn>(options); }, true);
}

// The last layers of VGG: fully connected, with ReLU and dropout.
struct FullyConnectedClassifier : Classifier {
  explicit FullyConnectedClassifier(bool rounds)
      : Classifier({.features = kFeatures, .tags = kTags, .feature_dropout = 0.5, .feature_norm = true}), bf16(rounds) {
    add("fc6", fc6);
    add("fc7", fc7);
  }
  Var loss(const Var& features, const Batch& batch) override {
    Tape& tape = features.tape();
    std::vector<FullyConnected> layers;
    for (Linear* layer : {&fc6, &fc7}) layers.push_back({tape.parameter(layer->weight), tape.parameter(layer->bias)});
    return Classifier::loss(linear_relu(bf16 ? as_bf16(features) : features, layers, Real(0.5)), batch);
  }
  bool bf16;
  Linear fc6{kFeatures, 24}, fc7{24, kFeatures};
};

// With bfloat16 weights rounded in each step, and with the optimizer's copies, which stay at the address that a recorded step reads.
TEST_F(StepGraphsCuda, FullyConnectedLayersMatchLaunchedStepsBitwise) {
  for (const bool bf16 : {false, true}) {
    const auto make = [&] { return std::make_unique<FullyConnectedClassifier>(bf16); };
    for (const char* const optimizer : {"adam", "sgd", "rmsprop"}) {
      MadeUpSource source(device_);
      const Trained launched = train(optimizer, make(), source, device_, {.graphs = false});
      for (const Way& way : {Way{.graphs = true}, {.graphs = false, .rounded = true}, {.graphs = true, .rounded = true}}) {
        expect_equal(optimizer, train(optimizer, make(), source, device_, way), launched, way.graphs ? 2 : 0);
      }
    }
  }
}

TEST_F(StepGraphsCuda, DoesNotRecordModelsThatReadTheirOutputs) {
  OrderedRnnOptions own = rank_model(
      {.features = kFeatures, .tags = numbered_tags(kTags), .hidden = 8, .embedding = 4, .image_embedding = 4, .dropout = 0.5});
  own.feedback = Feedback::kOwn;
  own.end = true;
  expect_the_same("fed its own tags", "adam", 0, [&] { return std::make_unique<OrderedRnn>(own); });
  const JvspOptions jvsp{.features = kFeatures, .hidden = kFeatures, .embedding = 4};
  expect_the_same("jvsp", "adam", 0, [&] { return std::make_unique<Jvsp>(jvsp, numbered_tags(kTags)); });
}

// Of the three batches per epoch, the first and the third share memory, with different shapes.
TEST_F(StepGraphsCuda, BatchesReadAheadMatchLaunchedStepsBitwise) {
  MadeUpSource source(device_);
  expect_the_same_ahead("classifier", source, 3, [] {
    return std::make_unique<Classifier>(
        ClassifierOptions{.features = kFeatures, .tags = kTags, .feature_dropout = 0.5, .feature_norm = true});
  });
  OrderedRnnOptions teacher = rank_model(
      {.features = kFeatures, .tags = numbered_tags(kTags), .hidden = 8, .embedding = 4, .image_embedding = 4, .dropout = 0.5});
  teacher.feedback = Feedback::kTeacher;
  teacher.end = true;
  expect_the_same_ahead("teacher forcing", source, 3, [&] { return std::make_unique<OrderedRnn>(teacher); });
  const JvspOptions jvsp{.features = kFeatures, .hidden = kFeatures, .embedding = 4};
  expect_the_same_ahead("jvsp", source, 0, [&] { return std::make_unique<Jvsp>(jvsp, numbered_tags(kTags)); });
}

TEST_F(StepGraphsCuda, KeptFeaturesReadAheadMatchLaunchedStepsBitwise) {
  constexpr int64_t kPictures = 10;
  test::TemporaryFolder folder;
  std::string text;
  for (int64_t i = 0; i < kPictures; ++i) {
    test::write_whole_file(folder / format("{}.jpg", i), "never read");
    text += format("{}.jpg\t{},{}\n", i, i % 2, 2 + i % 4);
  }
  test::write_whole_file(folder / "train.tsv", text);
  const Dataset dataset = Dataset::open(folder / "train.tsv", Vocabulary(numbered_tags(kTags).names));
  FeatureTable table{.rows = Tensor::from(test::uniform_array(kPictures * kFeatures, 3), {kPictures, kFeatures}, device_),
                     .valid = {},
                     .row = {}};
  for (int64_t i = 0; i < kPictures; ++i) table.valid.push_back(i);
  table.row = table.valid;
  FeatureSource source(dataset, table, {.batch_size = 4, .seed = 5});
  expect_the_same_ahead("multi_order", source, 3, [] {
    return std::make_unique<MultiOrder>(
        MultiOrderOptions{.features = kFeatures, .tags = kTags, .hidden = 8, .embedding = 4, .steps = 3});
  });
}

// Sends a batch while the queue still works on the previous one in the same memory.
TEST_F(StepGraphsCuda, UploadsWaitForTheirMemoryAndStepsForUploads) {
  constexpr int64_t kBatches = 8, kWidth = 1 << 16;
  for (const auto& set_order : test::queue_orders()) {
    set_order();
    kernels::Queue copies = kernels::make_cuda_queue(0, 0);
    Upload upload(device_, copies);
    Tensor batch = Tensor::zeros({kWidth}, DType::kInt32, device_);
    const Tensor seen = Tensor::zeros({kBatches, kWidth}, DType::kInt32, device_);
    device_.synchronize();
    for (int32_t i = 0; i < kBatches; ++i) {
      upload.begin();
      upload.send(batch, std::vector<int32_t>(kWidth, i + 1), {kWidth});
      upload.end();
      upload.arrive();
      seen.rows(i, i + 1).view({kWidth}).copy_from(batch);
      upload.release();
    }
    const std::vector<int32_t> values = seen.to_vector<int32_t>();
    for (int64_t i = 0; i < kBatches * kWidth; ++i) ASSERT_EQ(values[i], i / kWidth + 1) << i;
  }
}

// As on the CPU, where the next batch is not read yet.
TEST_F(StepGraphsCuda, ReadErrorStopsTrainingAfterThePreviousStep) {
  class Broken : public MadeUpSource {
   public:
    using MadeUpSource::MadeUpSource;
    bool next(Batch& batch) override {
      TL_CHECK_AS(ErrorKind::kData, ++reads_ < 3, "a damaged picture");
      return MadeUpSource::next(batch);
    }

   private:
    int reads_ = 0;
  };
  Broken source(device_);
  test::HeadAlone model(std::make_unique<Classifier>(
      ClassifierOptions{.features = kFeatures, .tags = kTags, .feature_dropout = 0.5, .feature_norm = true}));
  model.to(device_);
  Adam optimizer({{.name = "head", .parameters = model.named_parameters()}}, {});
  Schedule schedule({.total_iterations = 3, .iterations_per_epoch = 3});
  int64_t steps = 0;
  TrainerHooks hooks;
  hooks.on_step = [&](const StepReport& step) { steps = step.iteration; };
  Trainer trainer(model, optimizer, schedule, source, {}, hooks);
  EXPECT_THROW(trainer.run({}), Error);
  EXPECT_EQ(steps, 2);
}

TEST_F(StepGraphsCuda, LaunchesStepsThatCannotBeRecorded) {
  const Device device = Device::cuda(0);
  const Tensor number = Tensor::zeros({1}, DType::kReal, device);
  StepRunner runner(device, 1);
  std::string warning;
  kernels::set_warning_sink([&](const std::string& sentence) { warning = sentence; });
  for (int64_t step = 0; step < 4; ++step) {
    runner.run(step, nullptr, {1}, [&](Tape&) {
      const Real next = number.item() + 1;  // waits for the GPU
      number.write(&next, 1);
    });
    EXPECT_EQ(warning.empty(), step == 0) << step;
  }
  kernels::set_warning_sink(nullptr);
  EXPECT_EQ(number.item(), 4);
  EXPECT_EQ(runner.recordings(), 0);
}

TEST_F(StepGraphsCuda, RecordingRejectsWorkOfTheHost) {
  const Device device = Device::cuda(0);
  const Tensor tensor = Tensor::zeros({4}, DType::kReal, device);
  EXPECT_THROW(kernels::record(device.queue(), [&] { tensor.to_vector(); }), Error);  // waits
  const auto twice = kernels::record(device.queue(), [&] {
    const Tensor from = tensor.rows(0, 2);
    tensor.rows(2, 4).copy_from(from);
    from.zero();
  });
  tensor.write(std::vector<Real>{1, 2, 3, 4}.data(), 4);
  twice->repeat(device.queue());
  EXPECT_EQ(tensor.to_vector(), (std::vector<Real>{0, 0, 1, 2}));
}

}  // namespace
}  // namespace tagloom
