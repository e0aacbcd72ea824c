// A training that is ruined: it stops, and the last sane state is restored, wherever it was saved and ruined.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "engine/ops/ops.h"
#include "engine/train/checkpoint.h"
#include "engine/train/sane_checkpoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kSteps = 12;  // of an epoch
constexpr Real kInfinite = std::numeric_limits<Real>::infinity();

// loss = x w^2, and a buffer that does not affect it
class Parabola : public Tagger {
 public:
  Parabola() {
    add("w", weight);
    add_buffer("mean", mean);
    weight.allocate({1, 1});
    weight.write({1});
    mean = Tensor::zeros({1});
  }
  Var loss(Tape& tape, const Batch& batch) override {
    const Var w = tape.parameter(weight);
    return multiply(multiply(w, w), tape.constant(batch.features));
  }
  Predictions predict(const Batch&) override { return {}; }
  Var features(Tape& tape, const Batch& batch) override { return tape.constant(batch.features); }
  int64_t tag_count() const override { return 1; }
  void scale(Real factor) { weight.write({weight.value.to_vector()[0] * factor}); }

  Parameter weight;
  Tensor mean;
};

// Batches of 32 pictures, so that the first one alone gives the untrained loss.
class Slopes : public BatchSource {
 public:
  void start_epoch(int64_t, int64_t first_batch) override { next_ = first_batch; }
  bool next(Batch& batch) override {
    if (next_ == kSteps) return false;
    batch.position = next_++;
    batch.images = images_;
    batch.features.refill(std::vector<Real>{Real(1) + Real(0.01) * static_cast<Real>(next_ % 3)}, {1, 1}, {});
    return true;
  }
  int64_t pictures() const override { return kSteps; }
  int64_t batches() const override { return kSteps; }

 private:
  Tensor images_ = Tensor::empty({32, 1, 1, 3}, DType::kByte, {});
  int64_t next_ = 0;
};

struct Trial {
  int64_t save_every = 1;
  int64_t ruined_at = -1;    // the step after which the weight is multiplied
  Real ruin = 1e9F;          // by this
  int64_t repaired_at = -1;  // the step after which it is divided again
  int64_t stop_at = -1;      // the step after which the process ends without saving
  int64_t epochs = 4;
  std::function<void(Parabola&, int64_t)> after_step{};
  std::function<Evaluation(const Parabola&)> evaluate{};
  int64_t patience = 0;
};

struct Ended : std::exception {};

class Divergence : public testing::Test {
 protected:
  std::string last() const { return folder_ / "last.safetensors"; }
  std::string previous() const { return folder_ / "previous.safetensors"; }

  // Starts, or resumes the checkpoint in the folder. Returns the error's message.
  std::string train(const Trial& trial) {
    Parabola model;
    Sgd optimizer({{.name = "all", .parameters = model.named_parameters(), .learning_rate = 0.01}}, {.momentum = 0.5});
    Schedule schedule(ScheduleOptions{});
    Slopes source;
    TrainingPosition position;
    if (fs::exists(last())) position = load_checkpoint(model, optimizer, schedule, {}, last());
    TrainerHooks hooks;
    hooks.on_step = [&](const StepReport& step) {
      if (trial.after_step) trial.after_step(model, step.iteration);
      if (step.iteration == trial.ruined_at) model.scale(trial.ruin);
      if (step.iteration == trial.repaired_at) model.scale(1 / trial.ruin);
      if (step.iteration == trial.stop_at) throw Ended();
    };
    hooks.save_last = [&](const TrainingPosition& at) {
      replace_checkpoint(last(), previous(), at.health.sane,
                         [&] { save_checkpoint(model, optimizer, schedule, at, {}, last()); });
    };
    if (trial.evaluate) hooks.evaluate = [&] { return trial.evaluate(model); };
    hooks.save_best = [&](const TrainingPosition& at) { best_.push_back(at.epoch); };
    hooks.on_epoch = [&](const EpochReport& epoch) { epochs_ = epoch.epoch; };
    hooks.on_divergence = [&](const TrainingPosition&) {
      restored_ = restore_sane_checkpoint(last(), previous());
      return "advice";
    };
    try {
      Trainer(model, optimizer, schedule, source,
              {.epochs = trial.epochs, .checkpoint_every = trial.save_every, .patience = trial.patience}, hooks)
          .run(position);
    } catch (const Ended&) {
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kNumeric);
      return error.what();
    }
    return "";
  }

  void clear() {
    fs::remove(last());
    fs::remove(previous());
    restored_.reset();
    best_.clear();
  }

  // The checkpoint of an undisturbed training that saved its last state after `step`.
  std::string undisturbed(int64_t step) {
    const std::string kept = folder_ / (std::to_string(step) + ".safetensors");
    if (!fs::exists(kept)) {
      clear();
      EXPECT_EQ(train({.save_every = step, .stop_at = step + 1}), "");
      fs::rename(last(), kept);
    }
    return kept;
  }

  test::TemporaryFolder folder_;
  std::optional<TrainingPosition> restored_;
  std::vector<int64_t> best_;
  int64_t epochs_ = 0;
};

void expect_same(const std::string& a, const std::string& b) {
  const Safetensors first = Safetensors::open(a), second = Safetensors::open(b);
  ASSERT_EQ(first.entries().size(), second.entries().size());
  for (const SafetensorsEntry& entry : first.entries()) {
    EXPECT_EQ(first.to_floats(entry), second.to_floats(second.require(entry.name))) << entry.name;
  }
  EXPECT_EQ(first.metadata(), second.metadata());
}

TEST_F(Divergence, RestoresTheLastSaneStateAtEveryAlignment) {
  for (const int64_t every : {1, 2, 3, 5}) {
    for (int64_t ruined = 1; ruined <= every + 2; ++ruined) {
      for (const int64_t killed : {int64_t{-1}, ruined, ruined + 1, ruined + 4}) {
        SCOPED_TRACE(format("saved every {}, ruined after {}, killed after {}", every, ruined, killed));
        const int64_t sane = (ruined - 1) / every * every;
        const std::string expected = sane > 0 ? undisturbed(sane) : "";
        clear();
        if (killed > 0) {
          EXPECT_EQ(train({.save_every = every, .ruined_at = ruined, .stop_at = killed}), "");
        }
        // If the ruined state was saved, it resumes from there; else it is ruined again.
        const std::string message = train({.save_every = every, .ruined_at = ruined});
        EXPECT_NE(message.find("the training diverged: the loss is "), std::string::npos) << message;
        EXPECT_NE(message.find(format("at iteration {} ", ruined + kExplodedSteps)), std::string::npos) << message;
        EXPECT_NE(message.find("the untrained model's loss was 1.01. advice"), std::string::npos) << message;
        EXPECT_EQ(restored_.has_value(), sane > 0);
        EXPECT_EQ(fs::exists(last()), sane > 0);
        EXPECT_FALSE(fs::exists(previous()));
        if (sane == 0) continue;
        EXPECT_EQ(restored_->iteration, sane);
        expect_same(last(), expected);
      }
    }
  }
}

TEST_F(Divergence, ARestoredStateEndsAsAnUndisturbedTraining) {
  EXPECT_EQ(train({.save_every = 5}), "");
  const std::string whole = folder_ / "whole.safetensors";
  fs::rename(last(), whole);
  EXPECT_NE(train({.save_every = 5, .ruined_at = 20}), "");
  EXPECT_EQ(train({.save_every = 5}), "");
  expect_same(last(), whole);
}

// Loss 10,000 times the first one for a few steps: it may recover, so the training continues, and this state is saved next to the sane one.
TEST_F(Divergence, KeepsASaneStateWhileALaterOneIsDoubtful) {
  EXPECT_EQ(train({.save_every = 2, .ruined_at = 5, .ruin = 100, .stop_at = 8}), "");
  EXPECT_EQ(checkpoint_position(previous()).iteration, 4);
  EXPECT_EQ(checkpoint_position(last()).iteration, 6);
  EXPECT_FALSE(checkpoint_position(last()).health.sane);
  EXPECT_EQ(train({.save_every = 2, .repaired_at = 9, .stop_at = 11}), "");  // momentum needs a few steps
  EXPECT_EQ(checkpoint_position(previous()).iteration, 4);
  EXPECT_EQ(train({.save_every = 2}), "");
  EXPECT_TRUE(checkpoint_position(last()).health.sane);
  EXPECT_FALSE(fs::exists(previous()));
}

TEST_F(Divergence, AFinalStateThatExplodedIsAnError) {
  for (const int64_t ruined : {2 * kSteps, 2 * kSteps - 3}) {  // too late for kExplodedSteps
    clear();
    const std::string message = train({.save_every = 7, .ruined_at = ruined, .epochs = 2});
    EXPECT_NE(message.find("the final loss is"), std::string::npos) << message;
    ASSERT_TRUE(restored_.has_value());
    EXPECT_EQ(restored_->iteration, (ruined - 1) / 7 * 7);
  }
  clear();
  const std::string message = train({.save_every = 7, .epochs = 2, .evaluate = [](const Parabola&) {
                                       return Evaluation{1e32, {}};
                                     }});
  EXPECT_NE(message.find("the final validation loss is 1e+32"), std::string::npos) << message;
  EXPECT_EQ(best_, std::vector<int64_t>{});
}

TEST_F(Divergence, InfiniteWeightsAndStatisticsAreNotSaved) {
  for (const bool statistic : {false, true}) {
    clear();
    const std::string message = train({.save_every = 2, .after_step = [&](Parabola& model, int64_t step) {
                                         if (step != 6) return;
                                         statistic ? model.mean.write(&kInfinite, 1) : model.weight.write({kInfinite});
                                       }});
    EXPECT_NE(message.find("not finite after iteration 6"), std::string::npos) << message;
    EXPECT_EQ(restored_.value().iteration, 4);
  }
}

// Batch norm makes the loss independent of the scale of weights.
TEST_F(Divergence, AStateWithHugeWeightsIsNotSane) {
  Parabola model;
  const TrainingHealth health{.untrained_loss = 1};
  EXPECT_TRUE(health.is_sane(0.5, model));
  EXPECT_TRUE(health.is_sane(1, model));
  EXPECT_FALSE(health.is_sane(1.1, model));
  EXPECT_FALSE(health.is_sane(NAN, model));
  model.scale(2 * kLargestWeight);
  EXPECT_FALSE(health.is_sane(0.5, model));
  model.weight.trainable = false;  // someone else's weights
  EXPECT_TRUE(health.is_sane(0.5, model));
}

TEST_F(Divergence, TheFirstLossOfASmallBatchMayBeLow) {
  TrainingHealth health;
  health.observe(true, 1, 0.01, 1);
  for (int step = 1; step < 60; ++step) health.observe(false, 1, step % 2 == 0 ? 0.5 : 1.5, 1);
  EXPECT_GT(health.untrained_loss, 0.1);
  EXPECT_EQ(health.pictures, 32);
  EXPECT_EQ(health.exploded_steps, 0);

  TrainingHealth explodes;
  double loss = 1;
  for (int step = 0; step < 60; ++step, loss *= 10) explodes.observe(step == 0, 1, loss, 1);
  EXPECT_LT(explodes.untrained_loss, 17);
  EXPECT_GE(explodes.exploded_steps, kExplodedSteps);
}

// The loss falls to a hundred-millionth and rises back to a tenth: compared with the lowest loss it would have exploded.
TEST_F(Divergence, ALossNearZeroMayRise) {
  EXPECT_EQ(train({.save_every = 3,
                   .after_step =
                       [](Parabola& model, int64_t step) {
                         if (step == 6) model.weight.write({1e-4F});
                         if (step == 12) model.weight.write({0.3F});
                       }}),
            "");
  EXPECT_FALSE(fs::exists(previous()));
}

TEST_F(Divergence, AnOlderCheckpointHasNoUntrainedLoss) {
  EXPECT_EQ(train({.save_every = 4, .stop_at = 5}), "");
  const Safetensors file = Safetensors::open(last());
  SafetensorsMetadata metadata = file.metadata();
  EXPECT_EQ(metadata.erase("tagloom.health"), 1U);
  metadata.erase(kSafetensorsChecksum);
  const std::string old = folder_ / "old.safetensors";
  write_safetensors(old, file.entries(), metadata);
  fs::rename(old, last());
  EXPECT_TRUE(checkpoint_position(last()).health.sane);
  EXPECT_EQ(train({.save_every = 4, .ruined_at = 6}), "");  // nothing to compare the loss with
  EXPECT_EQ(checkpoint_position(last()).health.untrained_loss, 0);
}

TEST_F(Divergence, PatienceCountsFromTheFirstEvaluationEvenIfItIsNotANumber) {
  EXPECT_EQ(train({.epochs = 9,
                   .evaluate =
                       [](const Parabola&) {
                         return Evaluation{NAN, {}};
                       },
                   .patience = 2})
                .find("the training diverged: the final validation loss is nan"),
            0U);
  EXPECT_EQ(epochs_, 3);
  EXPECT_EQ(best_, std::vector<int64_t>{});
}

TEST_F(Divergence, APredictionThatIsNotANumberIsADivergence) {
  const std::string message = train({.save_every = 5, .evaluate = [](const Parabola&) -> Evaluation {
                                       fail(ErrorKind::kNumeric, "tag 0 of picture 0 is NaN");
                                     }});
  EXPECT_NE(message.find("tag 0 of picture 0 is NaN"), std::string::npos) << message;
  EXPECT_NE(message.find("advice"), std::string::npos) << message;
  EXPECT_EQ(restored_.value().iteration, 10);
}

}  // namespace
}  // namespace tagloom
