#pragma once
// The settings that all kinds of model share: data, backbone, optimizer, training, decoding, evaluation. Each struct declares its
// settings in the table; a key is the path of its member, as in "optim.backbone.learning_rate".
#include <cstdint>
#include <string>

#include "engine/data/dataset.h"
#include "engine/data/transform.h"
#include "engine/metrics/metric_options.h"
#include "engine/optim/average.h"
#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "models/backbones/backbone.h"
#include "models/decoding/decode_options.h"

namespace tagloom {

enum class CacheMode { kAuto, kOff };
template <>
inline constexpr auto kEnumNames<CacheMode> = names_of<CacheMode>({{CacheMode::kAuto, "auto"}, {CacheMode::kOff, "off"}});

struct DataSettings {
  std::string train;
  std::string validation;
  double validation_fraction = 0.1;
  std::string test;
  std::string vocabulary;
  DatasetOptions dataset{.on_error = OnError::kSkip};
  TransformOptions transform;
  int64_t workers = 2;
  CacheMode cache = CacheMode::kAuto;
  std::string cache_dir;

  void declare(SettingTable& table);
  bool has_validation() const { return !validation.empty() || validation_fraction > 0; }
};

struct OptimSettings {
  OptimizerOptions optimizer;
  ParameterGroup head{.name = "head", .learning_rate = 5e-4};
  ScheduleOptions schedule;
  AverageOptions average;
  ParameterGroup backbone{.name = "cnn", .learning_rate = 1e-5};

  void declare(SettingTable& table);
};

enum class BestMode { kAuto, kMin, kMax };
template <>
inline constexpr auto kEnumNames<BestMode> =
    names_of<BestMode>({{BestMode::kAuto, "auto"}, {BestMode::kMin, "min"}, {BestMode::kMax, "max"}});

struct TrainSettings {
  int64_t epochs = 30;
  int64_t batch_size = 32;
  int64_t seed = 1;
  std::string device = "auto";
  bool deterministic = false;
  std::string best_by = "loss";
  BestMode best_mode = BestMode::kAuto;
  int64_t evaluate_every = 1;
  int64_t patience = 0;
  int64_t checkpoint_every = 0;
  int64_t threads = 0;

  void declare(SettingTable& table);
};

enum class Thresholds { kGlobal, kPerLabel };
template <>
inline constexpr auto kEnumNames<Thresholds> = names_of<Thresholds>({{Thresholds::kGlobal, "global"},
                                                                     {Thresholds::kPerLabel, "per_label"}});

enum class Calibration { kNone, kPlatt };
template <>
inline constexpr auto kEnumNames<Calibration> = names_of<Calibration>({{Calibration::kNone, "none"},
                                                                       {Calibration::kPlatt, "platt"}});

// Decisions fitted to the scores of the validation pictures, for evaluation and prediction.
struct DecisionSettings {
  Thresholds thresholds = Thresholds::kGlobal;
  Calibration calibration = Calibration::kNone;

  void declare(SettingTable& table);  // section decode
  bool fitted() const { return thresholds == Thresholds::kPerLabel || calibration == Calibration::kPlatt; }
};

struct Sections {
  DataSettings data;
  BackboneOptions backbone;
  OptimSettings optim;
  TrainSettings train;
  DecodeOptions decode;
  MetricOptions metrics;  // decode.selection with its options, and section eval
  DecisionSettings decisions;
  int64_t evaluation_batch_size = 0;  // eval.batch_size; 0: train.batch_size
  bool refit = true;                  // fit.refit

  void declare(SettingTable& table);

  // Checks that span several keys of these sections. Throws Error(kUsage) naming the keys.
  void check() const;
};

}  // namespace tagloom
