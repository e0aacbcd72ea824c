// The texts of a checkpoint, one a line: position, schedule, steps of the optimizer, averaged steps.
#include "engine/train/checkpoint.h"

#include <sstream>

#include "engine/nn/layers.h"
#include "tests/fuzz/memory_file.h"

namespace tagloom::fuzz {
namespace {

class OneWeight : public Tagger {
 public:
  OneWeight() {
    add("w", weight);
    weight.allocate({1, 1});
  }
  Var loss(Tape& tape, const Batch&) override { return tape.parameter(weight); }
  Predictions predict(const Batch&) override { return {}; }
  Var features(Tape& tape, const Batch&) override { return tape.parameter(weight); }
  int64_t tag_count() const override { return 1; }

  Parameter weight;
};

struct Run {
  OneWeight model;
  Sgd optimizer{{{.name = "head", .parameters = model.named_parameters()}}, {}};
  Schedule schedule{{.kind = ScheduleKind::kPlateau}};
  WeightAverage average{model.named_parameters(), {}, {.kind = Averaging::kEma}};
  TrainingPosition position;

  void load(const std::string& file) {
    position = load_checkpoint(model, optimizer, schedule, {"v", "1"}, path_of(file), &average);
  }
  std::string save() {
    return written([&](const std::string& path) {
      save_checkpoint(model, optimizer, schedule, position, {"v", "1"}, path, &average);
    });
  }
};

std::string checkpoint_with(std::istringstream lines) {
  static const std::string whole = [] {
    Run run;
    run.average.update(1);
    return run.save();
  }();
  const Safetensors file = Safetensors::parse(std::as_bytes(std::span(whole)), "whole");
  SafetensorsMetadata metadata = file.metadata();
  metadata.erase(kSafetensorsChecksum);
  for (const char* key : {"tagloom.position", "tagloom.schedule", "tagloom.optimizer_steps", "tagloom.average"}) {
    std::getline(lines, metadata[key]);
  }
  return written([&](const std::string& path) { write_safetensors(path, file.entries(), metadata, {.checksum = false}); });
}

}  // namespace

void checkpoint(Input input) {
  Run run;
  std::string file;
  try {
    file = checkpoint_with(std::istringstream{std::string(text_of(input))});
  } catch (const Error&) {
    return;  // a text that is not UTF-8 cannot be in the file
  }
  run.load(file);
  const TrainingPosition& position = run.position;
  require(position.epoch >= 0 && position.batch >= 0 && position.iteration >= 0 && position.epoch_start >= 0 &&
              position.epoch_pictures >= 0 && position.best_epoch >= -1,
          "a position is negative");
  for (const int64_t steps : run.optimizer.steps_taken()) require(steps >= 0, "steps are negative");
  const double factor = run.schedule.factor(0);
  require(factor >= 0 && factor <= 1, "the learning rate has an impossible factor");
  require(run.average.count() >= 0, "the average has a negative count");
  const std::string saved = run.save();
  Run again;
  accepted([&] { return again.load(saved); });
  require(again.save() == saved, "the checkpoint changed");
}

}  // namespace tagloom::fuzz
