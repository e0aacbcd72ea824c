#pragma once
// Every setting of a run as plain structs with their defaults. settings_table.cpp says in one line what each one means,
// which values it takes, and under which key a configuration file names it: the key is the path of the members,
// "optim.backbone.learning_rate" for optim.backbone.learning_rate.
//
// An enumerator's position is its place in the table's list of names.
#include <cstdint>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/data/resize.h"
#include "engine/metrics/metric_options.h"

namespace tagloom {

enum class Resize { kSquash, kShortSide };
enum class Crop { kCenter, kRandom };
enum class CacheMode { kAuto, kOff };

struct DataSettings {
  std::string train;
  std::string validation;
  double validation_fraction = 0.1;
  std::string test;
  std::string vocabulary;
  int64_t minimum_count = 1;
  bool drop_untagged = true;
  OnError on_error = OnError::kSkip;
  int64_t size = 224;
  Resize resize = Resize::kSquash;
  int64_t short_side = 256;
  Interpolation interpolation = Interpolation::kBilinear;
  Crop crop = Crop::kCenter;
  bool flip = false;
  int64_t workers = 2;
  CacheMode cache = CacheMode::kAuto;
  std::string cache_dir;
};

enum class BackboneLayer { kPool5, kFc7, kConv5, kLogits, kConv5Map };
enum class Precision { kFp32, kTf32, kBf16 };
enum class StrideIn1x1 { kAuto, kTrue, kFalse };

struct BackboneSettings {
  std::string name = "resnet50";
  std::string weights;
  BackboneLayer layer = BackboneLayer::kPool5;
  Precision precision = Precision::kFp32;
  bool freeze = true;
  int64_t finetune_after = -1;
  bool mirrored = false;
  StrideIn1x1 stride_in_1x1 = StrideIn1x1::kAuto;
  std::vector<double> mean;  // three values, or empty: from the weights file, else ImageNet's
  std::vector<double> std;
};

enum class ModelKind {
  kRank,
  kMultiOrder,
  kClassifier,
  kOrderedRnn,
  kOrderFree,
  kJvsp,
  kLinearSvm,
  kRankSvm,
  kKnn,
  kJec,
  kTagProp,
  kTwoPassKnn,
};
// Trained on a picture's tags one after the other, by softmax cross-entropy.
inline bool names_in_order(ModelKind kind) { return kind == ModelKind::kRank || kind == ModelKind::kOrderedRnn; }
enum class Preset { kNone, kPaper, kCode };
enum class LabelMask { kNone, kPrevious, kCumulative };
enum class LossGate { kAll, kLabelCount };
enum class InitialState { kProbabilities, kFeatures, kZero };
enum class SequenceOrder { kGiven, kFrequent, kRare, kRareReversed, kLexicographic, kDictionary, kRandom };
enum class ImageFeed { kNone, kFirst, kEvery };
enum class Feedback { kNone, kTeacher, kOwn, kScheduled };
enum class SequenceOutput { kLinear, kJoint };
enum class OutputHead { kLinear, kTanhTwoLayer, kGap, kCsra };
enum class Alignment { kNone, kMla, kPla };
enum class FeatureNorm { kNone, kBatchNorm };
enum class Initializer { kTorch, kXavier };

enum class JvspImage { kFeatures, kLinear };

struct JvspSettings {
  JvspImage image = JvspImage::kFeatures;
  double visual_dropout = 0.5;
  bool scale_softmax = false;
  bool lambda_gradient = false;
  bool biases = false;
};

struct ModelSettings {
  ModelKind kind = ModelKind::kMultiOrder;
  Preset preset = Preset::kNone;
  bool mixed_precision = false;
  int64_t hidden = 512;
  int64_t embedding = 256;
  int64_t image_embedding = 100;
  int64_t steps = 5;
  LabelMask mask = LabelMask::kPrevious;
  LossGate gate = LossGate::kAll;
  InitialState state = InitialState::kProbabilities;
  SequenceOrder order = SequenceOrder::kGiven;
  ImageFeed image_feed = ImageFeed::kNone;
  Feedback feedback = Feedback::kTeacher;
  double sampling = 0.25;
  int64_t sampling_iterations = 1000;
  bool end = true;
  SequenceOutput output = SequenceOutput::kLinear;
  Alignment alignment = Alignment::kNone;
  int64_t attention = 256;
  OutputHead head = OutputHead::kLinear;
  int64_t csra_heads = 1;
  double csra_lambda = 0.1;
  bool feature_root = false;
  FeatureNorm feature_norm = FeatureNorm::kNone;
  double feature_dropout = 0;
  double dropout = 0;
  double forget_bias = 0;
  bool relu_image = false;
  Initializer initializer = Initializer::kTorch;
  JvspSettings jvsp;
};

enum class Normalisation { kNone, kL2, kHellinger };
enum class Projection { kNone, kWhiten, kCca };
enum class TagVectors { kIndicator, kPpmi };

// Of the kinds that are fitted at once, without gradient steps.
struct FitSettings {
  Normalisation normalise = Normalisation::kL2;
  Projection projection = Projection::kNone;
  int64_t dimensions = 0;
  double ridge = 0.1;
  double correlation_power = 1;
  TagVectors tag_vectors = TagVectors::kIndicator;
  bool refit = true;
};

enum class Vote { kCount, kExponential };
enum class Balance { kNone, kLargest, kMean };

struct NeighbourSettings {
  std::vector<double> k = {10, 20, 50, 100, 200};
  Vote vote = Vote::kCount;
  std::vector<double> per_tag = {1, 2, 4, 8, 16};
  std::vector<double> sharpness = {1, 2, 4, 8, 16, 32};
  bool sigmoid = true;
  Balance balance = Balance::kNone;
};

enum class PreferredPairs { kAll, kPresentAbsent, kPresentOnly };

struct LinearSettings {
  std::vector<double> c = {1e-3, 1e-2, 1e-1, 1, 10, 100};
  PreferredPairs pairs = PreferredPairs::kAll;
};

enum class LossReduction { kAuto, kSumLabelsMeanBatch, kMeanTokens, kSum };

enum class ClassifierLoss { kBce, kSoftmax, kPairwise, kWarp, kLsep, kFocal, kAsl };

struct LossSettings {
  LossReduction reduction = LossReduction::kAuto;
  ClassifierLoss classifier = ClassifierLoss::kBce;
  double positive_weight = 1;
  double label_smoothing = 0;
  double gamma = 2;
  double gamma_positive = 0;
  double gamma_negative = 4;
  double margin = 0.05;
  bool sampled = false;
  int64_t most_pairs = 1000;
  bool decision = false;
  double diversity = 0.5;
  double diversity_threshold = 0.01;
};

enum class OptimizerKind { kSgd, kAdam, kAdamW, kRmsProp };
enum class ScheduleKind { kConstant, kStep, kPlateau, kCosine, kOneCycle, kCyclic };
enum class Averaging { kNone, kEma, kSwa };

struct BackboneOptimSettings {
  double learning_rate = 1e-5;
  double weight_decay = 0;
  double clip_value = 0;
};

struct OptimSettings {
  OptimizerKind name = OptimizerKind::kAdamW;
  double learning_rate = 5e-4;
  double momentum = 0.9;
  bool nesterov = false;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double decay = 0.9;
  double epsilon = 1e-8;
  double initial_mean_square = 0;
  double weight_decay = 0;
  double clip_norm = 0;
  double clip_value = 0;
  ScheduleKind schedule = ScheduleKind::kConstant;
  int64_t warmup_iterations = 0;
  int64_t step_every = 10;
  double step_factor = 0.1;
  int64_t plateau_patience = 3;
  double plateau_factor = 0.5;
  double cycle_up = 0.3;
  double cycle_divisor = 25;
  double cycle_final_divisor = 1e4;
  double cycle_low = 0.1;
  int64_t cycle_up_iterations = 2000;
  int64_t cycle_down_iterations = 2000;
  double cycle_decay = 1;
  double minimum_factor = 0;
  Averaging average = Averaging::kNone;
  double average_decay = 0.999;
  double average_after = 0.75;
  int64_t average_every = 0;
  BackboneOptimSettings backbone;
};

enum class BestMode { kAuto, kMin, kMax };

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
};

enum class DecodeMethod { kAuto, kGreedy, kExpectedGain, kScores, kBeam };
enum class Gain { kLinear, kReciprocal };
enum class Thresholds { kGlobal, kPerLabel };
enum class Calibration { kNone, kPlatt };
enum class SequenceScore { kNamedFirst, kMost, kEmission };

struct DecodeSettings {
  DecodeMethod method = DecodeMethod::kAuto;
  int64_t steps = 0;
  int64_t beam_width = 5;
  double least_probability = 0;
  Gain gain = Gain::kReciprocal;
  int64_t gain_steps = 4;
  int64_t exactly = 0;
  SequenceScore sequence_score = SequenceScore::kNamedFirst;
  bool first_greedy = true;
  bool repeat = false;
  Selection selection = Selection::kTopK;
  int64_t top_k = 5;
  double threshold = 0.5;
  Thresholds thresholds = Thresholds::kGlobal;
  Calibration calibration = Calibration::kNone;
};

struct EvalSettings {
  int64_t batch_size = 0;
  ZeroDivision zero_division = ZeroDivision::kZero;
  Relevance relevance = Relevance::kLinear;
  CountedLabels labels = CountedLabels::kOccurring;
  AveragePrecision ap = AveragePrecision::kNonInterpolated;
  Ties ties = Ties::kIndex;
};

struct Settings {
  DataSettings data;
  BackboneSettings backbone;
  ModelSettings model;
  FitSettings fit;
  NeighbourSettings neighbours;
  LinearSettings linear;
  LossSettings loss;
  OptimSettings optim;
  TrainSettings train;
  DecodeSettings decode;
  EvalSettings eval;
};

// Whether models of this kind are fitted at once (models/fitting) and not trained step by step.
bool is_fitted(ModelKind kind);

// Puts what "auto" stands for in loss.reduction, decode.method and train.best_mode. settings_from() has done so.
void resolve_automatic(Settings& settings);

// How decode.* and eval.* want tags judged. Of a rank model the order of the true tags always counts.
MetricOptions metric_options(const Settings& settings);

// Checks that span several keys (a crop that fits, a gate that has its model ...). Throws Error(kUsage) naming the keys.
void check_settings(const Settings& settings);

}  // namespace tagloom
