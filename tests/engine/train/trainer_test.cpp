// The training loop: a non-finite loss or gradient stops it before weights or state change, and dropout is keyed by the
// iteration.
#include "engine/train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/nn/layers.h"
#include "engine/ops/ops.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

constexpr int64_t kWidth = 4;

// loss = the sum of dropout(w) * x
class Line : public Tagger {
 public:
  Line() {
    add("w", weight);
    weight.allocate({1, kWidth});
    const std::vector<Real> ones(kWidth, 1);
    weight.value.write(ones.data(), kWidth);
  }
  Var loss(Tape& tape, const Batch& batch) override {
    return sum_all(multiply(dropout(tape.parameter(weight), Real(0.5)), tape.constant(batch.features)));
  }
  bool prepare(Batch&) override { return true; }
  Predictions predict(const Batch&) override { return {}; }
  Var features(Tape& tape, const Batch& batch) override { return tape.constant(batch.features); }
  int64_t tag_count() const override { return 1; }

  Parameter weight;

 private:
  static Var sum_all(const Var& x) {
    const std::vector<Real> ones(kWidth, 1);
    return linear(x, x.tape().constant(x.tape().from(ones, {1, kWidth}, x.device())), {});
  }
};

// One picture per batch; batch `bad` of the first epoch has values that are not finite, or too large.
class OnePicture : public BatchSource {
 public:
  explicit OnePicture(int64_t bad, Real value) : bad_(bad), value_(value) {}
  void start_epoch(int64_t, int64_t first_batch) override { next_ = first_batch; }
  bool next(Batch& batch) override {
    if (next_ == batches()) return false;
    std::vector<Real> x{1, -2, 3, Real(next_)};
    if (next_ == bad_) x.assign(kWidth, value_);
    batch.position = next_++;
    batch.prepared = false;
    batch.features.refill(x, {1, kWidth}, {});
    return true;
  }
  int64_t pictures() const override { return batches(); }
  int64_t batches() const override { return 6; }

 private:
  int64_t bad_, next_ = 0;
  Real value_;
};

struct Outcome {
  std::unique_ptr<Line> model = std::make_unique<Line>();
  std::unique_ptr<Adam> optimizer;
  std::vector<double> losses;
  int64_t saved_at = -1;
  std::string error;
};

Outcome run_with(int64_t bad, Real value) {
  Outcome run;
  run.optimizer = std::make_unique<Adam>(
      std::vector<ParameterGroup>{{.name = "all", .parameters = run.model->named_parameters(), .learning_rate = 0.1}},
      AdamOptions{});
  Schedule schedule({.total_iterations = 6, .iterations_per_epoch = 6});
  OnePicture source(bad, value);
  TrainerHooks hooks;
  hooks.on_step = [&](const StepReport& step) { run.losses.push_back(step.loss); };
  hooks.save_last = [&](const TrainingPosition& at) { run.saved_at = at.iteration; };
  hooks.save_best = [](const TrainingPosition&) {};
  try {
    Trainer(*run.model, *run.optimizer, schedule, source, {.seed = 7}, hooks).run({});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumeric);
    run.error = error.what();
  }
  return run;
}

TEST(Trainer, NonFiniteLossChangesNothing) {
  const Outcome whole = run_with(-1, 0);
  EXPECT_EQ(whole.error, "");
  EXPECT_EQ(whole.losses.size(), 6u);
  EXPECT_EQ(whole.optimizer->steps_taken(), std::vector<int64_t>{6});
  for (const int64_t bad : {0, 3}) {
    for (const Real value : {std::numeric_limits<Real>::quiet_NaN(), std::numeric_limits<Real>::infinity()}) {
      const Outcome stopped = run_with(bad, value);
      EXPECT_NE(stopped.error.find("the loss is"), std::string::npos) << stopped.error;
      EXPECT_NE(stopped.error.find(format("at iteration {}", bad + 1)), std::string::npos) << stopped.error;
      EXPECT_EQ(stopped.saved_at, -1);  // the state has a loss that is not finite
      EXPECT_EQ(stopped.optimizer->steps_taken(), std::vector<int64_t>{bad});
      EXPECT_EQ(stopped.losses, std::vector<double>(whole.losses.begin(), whole.losses.begin() + bad));
      if (bad == 0) {
        EXPECT_EQ(stopped.model->weight.value.to_vector(), std::vector<Real>(kWidth, 1));
      }
      for (const OptimizerState& state : stopped.optimizer->state()) {
        for (const Real number : state.tensor.to_vector()) EXPECT_TRUE(std::isfinite(number));
      }
      for (const Real number : stopped.model->weight.value.to_vector()) EXPECT_TRUE(std::isfinite(number));
    }
  }
}

// The numbers and their sum are large but finite; the sum of their squares is not.
TEST(Trainer, NonFiniteGradientChangesNothing) {
  const Outcome stopped = run_with(2, std::numeric_limits<Real>::max() / 16);
  EXPECT_NE(stopped.error.find("the norm of the gradient is inf at iteration 3"), std::string::npos) << stopped.error;
  EXPECT_EQ(stopped.saved_at, -1);
  EXPECT_EQ(stopped.optimizer->steps_taken(), std::vector<int64_t>{2});
  for (const Real number : stopped.model->weight.value.to_vector()) EXPECT_LT(std::abs(number), 2);
}

// Kernels read the step number from memory; the masks equal those of a tape that gets the number by value.
TEST(Trainer, TheLastSaveHasThePositionOfTheEnd) {
  for (const int64_t every : {0, 1, 2, 3, 4, 6}) {  // of 6 steps per epoch
    Line model;
    Sgd optimizer({{.parameters = model.named_parameters(), .learning_rate = 0.1}}, {}, {});
    Schedule schedule({.total_iterations = 60, .iterations_per_epoch = 6});
    OnePicture source(-1, 0);
    std::vector<TrainingPosition> saved;
    TrainerHooks hooks;
    hooks.evaluate = [] { return Evaluation{1.0, {}}; };  // never better than the first
    hooks.save_best = [](const TrainingPosition&) {};
    hooks.save_last = [&](const TrainingPosition& position) { saved.push_back(position); };
    Trainer trainer(model, optimizer, schedule, source, {.epochs = 10, .checkpoint_every = every, .patience = 2}, hooks);
    EXPECT_EQ(trainer.run({}), TrainingOutcome::kOutOfPatience);
    ASSERT_FALSE(saved.empty());
    EXPECT_EQ(saved.back().epoch, 3) << "checkpoint_every " << every;
    EXPECT_EQ(saved.back().batch, 0) << "checkpoint_every " << every;
    const size_t count = saved.size();
    EXPECT_EQ(trainer.run(saved.back()), TrainingOutcome::kOutOfPatience) << "a resumed run trains on";
    EXPECT_EQ(saved.back().iteration, 18);
    EXPECT_LE(saved.size(), count + 1);
  }
}

TEST(Trainer, DropoutIsKeyedByIteration) {
  for (const uint64_t step : {uint64_t{0}, uint64_t{41}}) {
    const auto masked = [&](const TapeLoan& loan) {
      Tape tape(Tape::kRecord, 7, step, loan);
      const Var x = tape.constant(Tensor::from(std::vector<Real>(64, 1), {64}));
      const Var first = dropout(x, Real(0.5)), second = dropout(x, Real(0.5));
      std::vector<Real> both = first.value().to_vector();
      const std::vector<Real> more = second.value().to_vector();
      EXPECT_NE(both, more);
      both.insert(both.end(), more.begin(), more.end());
      return both;
    };
    const uint64_t other = step + 1;
    EXPECT_EQ(masked({.step_number = &step}), masked({}));
    EXPECT_NE(masked({.step_number = &other}), masked({}));
  }
}

TEST(Tape, RecordedStepRejectsHostValues) {
  Tape tape(Tape::kRecord, 1, 2, {.recorded = true});
  EXPECT_ERROR(kInternal, "cannot use random numbers from the host", tape.next_random_key());
  EXPECT_ERROR(kInternal, "cannot use values from the host", tape.from(std::vector<Real>{1}, {1}, {}));
}

}  // namespace
}  // namespace tagloom
