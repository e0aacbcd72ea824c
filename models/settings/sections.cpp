#include "models/settings/sections.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

std::vector<std::string> metric_keys() {
  std::vector<std::string> keys = {"loss",         "p_label",    "r_label", "f1_label",        "f1_label_mean", "p_image",
                                   "r_image",      "f1_image",   "p_micro", "r_micro",         "f1_micro",      "n_plus",
                                   "map_label",    "map_image",  "top1",    "top1_first_step", "ndcg_mean",     "precision_mean",
                                   "step_overlap", "step_cosine"};
  for (const char* name : {"ndcg@", "precision@"}) {
    for (int k = 1; k <= 10; ++k) keys.push_back(name + std::to_string(k));
  }
  return keys;
}

bool is_device_name(const std::string& name) {
  if (!name.starts_with("cuda:")) return name == "auto" || name == "cpu" || name == "cuda";
  return name.size() > 5 && name.size() < 12 && name.find_first_not_of("0123456789", 5) == std::string::npos;
}

}  // namespace

void DataSettings::declare(SettingTable& table) {
  SettingRows data = table.section("data");
  data.text("train", train, "Training pictures and their tags: a manifest such as train.tsv.").may_change_on_resume();
  data.text("validation", validation, "Validation manifest; empty sets aside a part of the training pictures.")
      .may_change_on_resume();
  data.real("validation_fraction", validation_fraction, below(0, 1),
            "Fraction of the training pictures set aside for validation, chosen by train.seed; 0 trains on all of them.");
  data.text("test", test, "Manifest that tageval reads when no --data is given.").may_change_on_resume();
  data.text("vocabulary", vocabulary, "File with one tag per line; empty takes the tags of the training pictures.")
      .may_change_on_resume();
  dataset.declare(data);
  transform.declare(data);
  data.integer("workers", workers, between(0, 1024), "Threads that read pictures; 0 takes one per CPU.").may_change_on_resume();
  data.choice("cache", cache,
              "Compute the features of a frozen backbone once and keep them, unless random crops or flips change the pictures.")
      .may_change_on_resume();
  data.text("cache_dir", cache_dir, "Folder for kept features; empty takes the folder in TAGLOOM_CACHE, else ~/.cache/tagloom.")
      .may_change_on_resume();
}

void OptimSettings::declare(SettingTable& table) {
  SettingRows rows = table.section("optim");
  optimizer.declare(rows);
  head.declare(rows);
  schedule.declare(rows);
  average.declare(rows);
  SettingRows of_backbone = table.section("optim.backbone");
  backbone.declare(of_backbone);
}

void TrainSettings::declare(SettingTable& table) {
  SettingRows train = table.section("train");
  train.integer("epochs", epochs, count_from(1), "Passes over the training pictures.").may_change_on_resume();
  train.integer("batch_size", batch_size, between(1, 65536), "Pictures per step.");
  train.integer("seed", seed, at_least(0), "Seed of the initial weights, the order of pictures, crops and dropout.");
  train.text("device", device, "auto takes the first GPU and, without one, the CPU.", "auto, cpu, cuda or cuda:N", is_device_name)
      .may_change_on_resume();
  train.flag("deterministic", deterministic, "The same bits from the same seed on a GPU too (a CPU always gives them).");
  train.text("best_by", best_by, "Value that selects best.safetensors: loss, or a metric's key in tageval --json.",
             metric_keys());
  train.choice("best_mode", best_mode, "Whether a small or a large value is better; auto: small for loss, large for metrics.");
  train.integer("evaluate_every", evaluate_every, count_from(1), "Epochs between two evaluations on the validation pictures.")
      .may_change_on_resume();
  train
      .integer("patience", patience, count_from(0),
               "Stop after this many epochs without a better evaluation; 0 never stops early.")
      .may_change_on_resume();
  train
      .integer("checkpoint_every", checkpoint_every, count_from(0),
               "Iterations between two saves of last.safetensors; 0 saves after every epoch.")
      .may_change_on_resume();
  train.integer("threads", threads, between(0, 4096), "Threads of the CPU kernels; 0 takes all cores.").may_change_on_resume();
}

void DecisionSettings::declare(SettingTable& table) {
  SettingRows decode = table.section("decode").all_may_change_on_resume();
  decode.choice("thresholds", thresholds,
                "One threshold for all tags, or for each tag the one with the largest F1 on the validation pictures.");
  decode.choice("calibration", calibration,
                "Scores as they are, or turned into probabilities by one sigmoid per tag, fitted to the validation pictures.");
}

void Sections::declare(SettingTable& table) {
  data.declare(table);
  backbone.declare(table);
  table.section("fit").flag(
      "refit", refit, "After the validation pictures have chosen values, fit to them too; the run's files contain that model.");
  optim.declare(table);
  train.declare(table);
  decode.declare(table);
  SettingRows eval = table.section("eval");
  eval.integer("batch_size", evaluation_batch_size, between(0, 65536), "Pictures per batch; 0 takes train.batch_size.")
      .may_change_on_resume();
  eval.choice("untagged", data.dataset.untagged, "Leave out test and validation pictures without any tag, or score them.");
  metrics.declare(table);
  decisions.declare(table);
}

void Sections::check() const {
  TL_CHECK(backbone.layer != BackboneLayer::kFc7 || backbone.name.starts_with("vgg"),
           "backbone.layer = \"fc7\" is a layer of the VGG networks, but backbone.name is \"{}\": set pool5", backbone.name);
  TL_CHECK(backbone.mean.empty() == backbone.std.empty(), "backbone.mean and backbone.std belong together: set both or neither");
  TL_CHECK(std::all_of(backbone.std.begin(), backbone.std.end(), [](double x) { return x > 0; }),
           "backbone.std must be above 0, got {}", value_text(backbone.std));
  TL_CHECK(
      !backbone.mirrored || backbone.is_fixed(),
      "backbone.mirrored = true needs a frozen backbone: set backbone.freeze = true and backbone.finetune_after = -1; to train "
      "the backbone on mirrored pictures, set data.flip");
  TL_CHECK(!backbone.mirrored || backbone.layer != BackboneLayer::kConv5Map,
           "backbone.mirrored = true averages whole pictures: with backbone.layer = \"conv5_map\" the places would not match");

  const TransformOptions& transform = data.transform;
  TL_CHECK(transform.resize == Resize::kSquash || transform.short_side >= transform.size,
           "data.short_side = {} is smaller than data.size = {}: there is nothing to crop", transform.short_side, transform.size);
  TL_CHECK(transform.crop == Crop::kCenter || transform.resize == Resize::kShortSide,
           "data.crop = \"random\" needs data.resize = \"short_side\": a squashed picture leaves nothing to crop");

  TL_CHECK(
      !decisions.fitted() || (decode.method == DecodeMethod::kScores && data.has_validation()),
      "decode.thresholds = \"per_label\" and decode.calibration = \"platt\" are fitted to the scores of validation pictures: "
      "they need decode.method = \"scores\", and data.validation or a data.validation_fraction above 0");

  TL_CHECK(!optim.optimizer.sgd.nesterov || (optim.optimizer.kind == OptimizerKind::kSgd && optim.optimizer.sgd.momentum > 0),
           "optim.nesterov needs optim.name = \"sgd\" and an optim.momentum above 0");
  TL_CHECK(optim.schedule.kind != ScheduleKind::kOneCycle || optim.schedule.warmup_iterations == 0,
           "optim.schedule = \"one_cycle\" has its own warm-up: leave optim.warmup_iterations out");
  TL_CHECK(train.patience == 0 || data.has_validation(),
           "train.patience needs validation pictures: set data.validation or a data.validation_fraction above 0");
  TL_CHECK(optim.schedule.kind != ScheduleKind::kPlateau || data.has_validation(),
           "optim.schedule = \"plateau\" needs validation pictures: set data.validation or a data.validation_fraction above 0");
}

}  // namespace tagloom
