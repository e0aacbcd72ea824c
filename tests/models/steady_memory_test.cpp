// From the second step on, training allocates nothing: activations, gradients, labels and features reuse the previous step's
// memory.
#include <gtest/gtest.h>

#include "engine/train/trainer.h"
#include "kernels/base/memory.h"
#include "models/build.h"
#include "models/taggers/classifier.h"
#include "models/taggers/jvsp.h"
#include "models/taggers/multi_order.h"
#include "models/taggers/order_free.h"
#include "models/taggers/ordered_rnn.h"
#include "tests/models/taggers/head_alone.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kPictures = 22, kFeatures = 16, kTags = 6;

// allocations() after each step of three epochs of five and a half batches; every picture has three tags.
std::vector<int64_t> allocations_of(std::unique_ptr<TaggerHead> head) {
  test::TemporaryFolder folder;
  std::string text;
  for (int64_t i = 0; i < kPictures; ++i) {
    test::write_whole_file(folder / format("{}.jpg", i), "never read");
    text += format("{}.jpg\t{},{},{}\n", i, i % 2, 2 + i % 2, 4 + i % 2);
  }
  test::write_whole_file(folder / "train.tsv", text);
  const Dataset dataset = Dataset::open(folder / "train.tsv", Vocabulary(numbered_tags(kTags).names));
  FeatureTable table{
      .rows = Tensor::from(test::uniform_array(kPictures * kFeatures, 3), {kPictures, kFeatures}), .valid = {}, .row = {}};
  for (int64_t i = 0; i < kPictures; ++i) table.valid.push_back(i);
  table.row = table.valid;

  test::HeadAlone model(std::move(head));
  Adam optimizer({{.name = "head", .parameters = model.named_parameters()}}, {}, {.clip_norm = 1});
  Schedule schedule({.total_iterations = 18, .iterations_per_epoch = 6});
  FeatureSource source(dataset, table, {.batch_size = 4, .seed = 5});
  std::vector<int64_t> counts;
  TrainerHooks hooks;
  hooks.on_step = [&](const StepReport&) { counts.push_back(kernels::allocations()); };
  hooks.save_last = hooks.save_best = [](const TrainingPosition&) {};
  Trainer(model, optimizer, schedule, source, {.epochs = 3}, hooks).run({});
  return counts;
}

void expect_steady(const std::string& name, std::unique_ptr<TaggerHead> head) {
  const std::vector<int64_t> counts = allocations_of(std::move(head));
  ASSERT_EQ(counts.size(), 18u) << name;
  for (size_t step = 2; step < counts.size(); ++step) {  // the arena's chunks become one after the first step
    EXPECT_EQ(counts[step], counts[1]) << name << ", step " << step + 1;
  }
}

template <class Head, class... Options>
void expect_steady_head(const std::string& name, Options&&... options) {
  expect_steady(name, std::make_unique<Head>(std::forward<Options>(options)...));
}

TEST(SteadyMemory, AClassifierAllocatesInItsFirstStepOnly) {
  for (const char* const loss : {"bce", "asl", "softmax", "warp"}) {
    ClassifierOptions options{.features = kFeatures, .tags = kTags, .feature_dropout = 0.5, .feature_norm = true};
    options.loss.classifier = loss;
    expect_steady_head<Classifier>(format("classifier, loss {}", loss), options);
  }
}

TEST(SteadyMemory, MultiOrderAllocatesInItsFirstStepOnly) {
  for (const DecodeLoop loop : {DecodeLoop::kOneOp, DecodeLoop::kOpByOp}) {
    for (const InitialState start : {InitialState::kZero, InitialState::kFeatures, InitialState::kProbabilities}) {
      expect_steady_head<MultiOrder>(
          format("multi_order, start {}, loop {}", static_cast<int>(start), static_cast<int>(loop)),
          MultiOrderOptions{.features = kFeatures, .tags = kTags, .hidden = 8, .embedding = 4, .state = start, .loop = loop});
    }
  }
}

TEST(SteadyMemory, OrderedRnnAllocatesInItsFirstStepOnly) {
  OrderedRnnOptions options = rank_model(
      {.features = kFeatures, .tags = numbered_tags(kTags), .hidden = 8, .embedding = 4, .image_embedding = 4, .dropout = 0.5});
  expect_steady_head<OrderedRnn>("rank with dropout", options);
  options.dropout = 0;
  for (const DecodeLoop loop : {DecodeLoop::kOneOp, DecodeLoop::kOpByOp}) {
    options.loop = loop;
    expect_steady_head<OrderedRnn>(format("rank, loop {}", static_cast<int>(loop)), options);
  }
  options.end = true;
  options.image_feed = ImageFeed::kFirst;
  options.state = InitialState::kProbabilities;
  for (const Feedback feedback : {Feedback::kTeacher, Feedback::kOwn}) {
    options.feedback = feedback;
    expect_steady_head<OrderedRnn>(format("ordered_rnn, feedback {}", static_cast<int>(feedback)), options);
  }
}

TEST(SteadyMemory, ModelsThatReadTheirOutputsAllocateInTheirFirstStepOnly) {
  expect_steady_head<Jvsp>("jvsp", JvspOptions{.features = kFeatures, .hidden = kFeatures, .embedding = 4}, numbered_tags(kTags));
  for (const Alignment alignment : {Alignment::kNone, Alignment::kMla}) {
    expect_steady_head<OrderFree>(format("order_free, alignment {}", static_cast<int>(alignment)),
                                  OrderFreeOptions{.channels = 4,
                                                   .tags = kTags,
                                                   .hidden = 8,
                                                   .embedding = 4,
                                                   .image_embedding = 8,
                                                   .attention = 4,
                                                   .alignment = alignment,
                                                   .gate = kernels::StepGate::kLabelCount});
  }
}

TEST(SteadyMemory, TrainingWithTheBackboneAllocatesInItsFirstStepOnly) {
  Settings settings;
  settings.backbone.name = "small";
  settings.backbone.layer = BackboneLayer::kConv5;
  settings.backbone.freeze = false;
  settings.model.kind = "multi_order";
  settings.model.as<MultiOrderOptions>().hidden = 8;
  settings.model.as<MultiOrderOptions>().embedding = 4;
  const auto tagger = build_tagger(settings, numbered_tags(kTags), Device::cpu());
  const auto optimizer = build_optimizer(settings, *tagger);
  Batch batch;
  std::vector<int64_t> counts;
  for (int64_t step = 0; step < 5; ++step) {
    batch.images.refill(test::integer_array<uint8_t>(4 * 32 * 32 * 3, step, 0, 255), {4, 32, 32, 3}, {});
    batch.labels.refill(test::flag_array(4 * kTags, step, 0.3), {4, kTags}, {});
    Tape tape;
    optimizer->zero_grad();
    tape.backward(tagger->loss(tape, batch));
    optimizer->step();
    counts.push_back(kernels::allocations());
  }
  for (size_t step = 2; step < counts.size(); ++step) EXPECT_EQ(counts[step], counts[1]) << step;
}

TEST(SteadyMemory, RefitReusesMemoryThatIsLargeEnoughAndUnshared) {
  Tensor tensor;
  tensor.refill(std::vector<int32_t>{1, 2, 3, 4}, {2, 2}, {});
  const void* first = tensor.raw();
  tensor.refill(std::vector<int32_t>{5, 6}, {2}, {});
  EXPECT_EQ(tensor.raw(), first);
  EXPECT_EQ(tensor.to_vector<int32_t>(), (std::vector<int32_t>{5, 6}));
  tensor.refit({16}, DType::kByte, {});  // another type with as many bytes
  EXPECT_EQ(tensor.raw(), first);
  const Tensor kept = tensor;
  tensor.refill(std::vector<int32_t>{7}, {1}, {});
  EXPECT_NE(tensor.raw(), kept.raw());  // `kept` shares the old memory
  tensor.refit({100}, DType::kReal, {});
  EXPECT_EQ(tensor.count(), 100);
}

}  // namespace
}  // namespace tagloom
