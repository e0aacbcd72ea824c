// Putting values into settings: types, ranges, presets, and checks across keys.
#include "models/settings/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "engine/core/closest_match.h"
#include "kernels/base/error.h"
#include "models/settings/settings_table.h"

namespace tagloom {
namespace {

std::vector<std::string> all_keys() {
  std::vector<std::string> keys;
  for (const Setting& setting : setting_table()) keys.push_back(setting.key);
  return keys;
}

// "learning_rate" alone is a frequent slip: offer "optim.learning_rate".
std::string nearest_key(const std::string& key) {
  for (const std::string& known : all_keys()) {
    if (known.size() > key.size() && known.ends_with("." + key)) return " (did you mean \"" + known + "\"?)";
  }
  return did_you_mean(key, all_keys());
}

const Setting& require_setting(const std::string& key, const std::string& where) {
  const Setting* setting = find_setting(key);
  TL_CHECK(setting != nullptr, "{}: unknown key \"{}\"{}", where, key, nearest_key(key));
  return *setting;
}

[[noreturn]] void fail_value(const Setting& setting, const std::string& given, const std::string& where) {
  const std::string hint = setting.choices.empty() ? "" : did_you_mean(given, setting.choices);
  fail(ErrorKind::kUsage, "{}: {} takes {}, got {}{}", where, setting.key, setting.values_text(), given, hint);
}

bool parse_number(const std::string& text, auto& number) {
  const char* begin = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  return error == std::errc() && stop == end;
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "[0.1, 0.2]" or "0.1,0.2"; an empty list is "[]" or nothing.
bool parse_reals(std::string text, std::vector<double>& values) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = trimmed(text.substr(1, text.size() - 2));
  if (text.empty()) return true;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    double value = 0;
    if (!parse_number(trimmed(text.substr(begin, comma - begin)), value)) return false;
    values.push_back(value);
    begin = comma + 1;
  }
  return true;
}

std::optional<SettingValue> parsed(SettingType type, const std::string& text) {
  int64_t integer = 0;
  double real = 0;
  std::vector<double> reals;
  switch (type) {
    case SettingType::kFlag:
      if (text == "true" || text == "false") return text == "true";
      break;
    case SettingType::kInteger:
      if (parse_number(text, integer)) return integer;
      break;
    case SettingType::kReal:
      if (parse_number(text, real)) return real;
      break;
    case SettingType::kReals:
    case SettingType::kNumbers:
      if (parse_reals(text, reals)) return reals;
      break;
    case SettingType::kText:
    case SettingType::kChoice:
      return text;
  }
  return std::nullopt;
}

// The value in the type that the setting stores, or a complaint. An integer is a real number too, and a choice between
// "true", "false" or numbers takes them unquoted.
SettingValue converted(const Setting& setting, const SettingValue& value, const std::string& where) {
  if (setting.type == SettingType::kReal && std::holds_alternative<int64_t>(value)) {
    return static_cast<double>(std::get<int64_t>(value));
  }
  if (setting.type == SettingType::kNumbers && !std::holds_alternative<std::vector<double>>(value)) {  // one number
    if (const auto* integer = std::get_if<int64_t>(&value)) return std::vector<double>{static_cast<double>(*integer)};
    if (const auto* real = std::get_if<double>(&value)) return std::vector<double>{*real};
  }
  if (setting.type == SettingType::kChoice && !std::holds_alternative<std::string>(value)) return value_text(value);
  if (setting.default_value().index() != value.index()) fail_value(setting, value_text(value), where);
  return value;
}

bool is_allowed(const Setting& setting, const SettingValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return setting.range.contains(static_cast<double>(*integer));
  if (const auto* real = std::get_if<double>(&value)) return std::isfinite(*real) && setting.range.contains(*real);
  if (const auto* reals = std::get_if<std::vector<double>>(&value); reals && setting.type == SettingType::kNumbers) {
    return !reals->empty() &&
           std::all_of(reals->begin(), reals->end(), [&](double x) { return std::isfinite(x) && setting.range.contains(x); });
  }
  if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    return (reals->empty() || reals->size() == 3) &&
           std::all_of(reals->begin(), reals->end(), [](double x) { return std::isfinite(x); });
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return setting.choices.empty() || std::find(setting.choices.begin(), setting.choices.end(), *text) != setting.choices.end();
  }
  return true;
}

bool is_device_name(const std::string& name) {
  int64_t number = 0;
  if (name.starts_with("cuda:")) return parse_number(name.substr(5), number) && number >= 0;
  return name == "auto" || name == "cpu" || name == "cuda";
}

}  // namespace

bool SettingRange::contains(double value) const {
  return (minimum_open ? value > minimum : value >= minimum) && (maximum_open ? value < maximum : value <= maximum);
}

Assignment assignment_from_text(const std::string& key, const std::string& text, const std::string& where) {
  const Setting& setting = require_setting(key, where);
  std::optional<SettingValue> value = parsed(setting.type, text);
  if (!value) fail_value(setting, "\"" + text + "\"", where);
  Assignment assignment{key, *std::move(value), where};
  Settings unused;
  set_value(unused, assignment);
  return assignment;
}

void set_value(Settings& settings, const Assignment& assignment) {
  const Setting& setting = require_setting(assignment.key, assignment.where);
  const SettingValue value = converted(setting, assignment.value, assignment.where);
  if (!is_allowed(setting, value)) fail_value(setting, value_text(assignment.value), assignment.where);
  if (setting.key == "train.device" && !is_device_name(std::get<std::string>(value))) {
    fail(ErrorKind::kUsage, "{}: train.device takes auto, cpu, cuda or cuda:N, got {}", assignment.where, value_text(value));
  }
  setting.put(settings, value);
}

std::vector<Assignment> preset_assignments(Preset preset) {
  const auto make = [](const char* name, const char* mask, const char* gate, const char* head) {
    const std::string where = std::string("model.preset = ") + name;
    return std::vector<Assignment>{{"model.mask", std::string(mask), where},
                                   {"model.gate", std::string(gate), where},
                                   {"model.head", std::string(head), where}};
  };
  switch (preset) {
    case Preset::kPaper:
      return make("paper", "previous", "all", "linear");
    case Preset::kCode:
      return make("code", "cumulative", "label_count", "tanh_two_layer");
    case Preset::kNone:
      break;
  }
  return {};
}

Settings settings_from(const std::vector<Assignment>& assignments) {
  Settings presets;
  for (const Assignment& assignment : assignments) {
    if (assignment.key == "model.preset") set_value(presets, assignment);
  }
  Settings settings;
  for (const Assignment& assignment : preset_assignments(presets.model.preset)) set_value(settings, assignment);
  for (const Assignment& assignment : assignments) set_value(settings, assignment);
  resolve_automatic(settings);
  check_settings(settings);
  return settings;
}

MetricOptions metric_options(const Settings& settings) {
  return {.selection = settings.decode.selection,
          .top_k = settings.decode.top_k,
          .threshold = settings.decode.threshold,
          .zero_division = settings.eval.zero_division,
          .relevance = settings.eval.relevance,
          .labels = settings.eval.labels,
          .ap = settings.eval.ap,
          .ties = settings.eval.ties,
          .order = settings.model.kind == ModelKind::kRank ? TruthOrder::kOrdered : TruthOrder::kDetect};
}

bool is_fitted(ModelKind kind) { return kind >= ModelKind::kLinearSvm && kind <= ModelKind::kTwoPassKnn; }

void resolve_automatic(Settings& s) {
  const bool is_sequence = names_in_order(s.model.kind), is_order_free = s.model.kind == ModelKind::kOrderFree;
  const bool is_aligned = is_order_free && s.model.alignment != Alignment::kNone;
  if (s.loss.reduction == LossReduction::kAuto) {
    s.loss.reduction = is_sequence || is_aligned ? LossReduction::kMeanTokens : LossReduction::kSumLabelsMeanBatch;
  }
  if (s.decode.method == DecodeMethod::kAuto) {
    const bool greedy = is_sequence || is_aligned || s.model.kind == ModelKind::kJvsp;
    s.decode.method = greedy ? DecodeMethod::kGreedy : is_order_free ? DecodeMethod::kBeam : DecodeMethod::kScores;
  }
  if (s.train.best_mode == BestMode::kAuto) s.train.best_mode = s.train.best_by == "loss" ? BestMode::kMin : BestMode::kMax;
}

namespace {

void check_ordered_rnn(const Settings& s) {
  const ModelSettings& m = s.model;
  const bool told = m.feedback != Feedback::kNone;
  TL_CHECK(told || (m.image_feed == ImageFeed::kEvery && !m.end),
           "model.feedback = \"none\" needs model.image_feed = \"every\" and model.end = false: the picture is all that the LSTM "
           "reads");
  TL_CHECK(m.output != SequenceOutput::kJoint || (told && m.end),
           "model.output = \"joint\" shares the embedding of the tags fed back: it needs model.end = true and a model.feedback");
  const DecodeMethod method = s.decode.method;
  TL_CHECK(told ? method == DecodeMethod::kGreedy || method == DecodeMethod::kBeam
                : method == DecodeMethod::kGreedy || method == DecodeMethod::kExpectedGain,
           "model.kind = \"ordered_rnn\" is decoded by decode.method = \"greedy\" or, {}: take one of them",
           told ? "being told its tags, \"beam\"" : "with model.feedback = \"none\", \"expected_gain\"");
}

}  // namespace

void check_settings(const Settings& s) {
  const bool is_vgg = s.backbone.name.starts_with("vgg");
  TL_CHECK(s.backbone.layer != BackboneLayer::kFc7 || is_vgg,
           "backbone.layer = \"fc7\" is a layer of the VGG networks, but backbone.name is \"{}\": take pool5", s.backbone.name);
  TL_CHECK(s.data.resize == Resize::kSquash || s.data.short_side >= s.data.size,
           "data.short_side = {} is smaller than data.size = {}: there is nothing to crop", s.data.short_side, s.data.size);
  TL_CHECK(s.data.crop == Crop::kCenter || s.data.resize == Resize::kShortSide,
           "data.crop = \"random\" needs data.resize = \"short_side\": a squashed picture leaves nothing to crop");
  TL_CHECK(s.model.preset == Preset::kNone || s.model.kind == ModelKind::kMultiOrder,
           "model.preset belongs to model.kind = \"multi_order\"; leave it out or change the kind");
  TL_CHECK(
      s.loss.reduction != LossReduction::kMeanTokens || names_in_order(s.model.kind) || s.model.alignment != Alignment::kNone,
      "loss.reduction = \"mean_tokens\" is for models that name tags in order (rank, ordered_rnn, and order_free with a "
      "model.alignment); take sum_labels_mean_batch");
  TL_CHECK(s.loss.classifier == ClassifierLoss::kBce || s.model.kind == ModelKind::kClassifier,
           "loss.classifier other than \"bce\" belongs to model.kind = \"classifier\"; leave it out or change the kind");
  TL_CHECK(!s.loss.decision || s.model.kind == ModelKind::kClassifier,
           "loss.decision belongs to model.kind = \"classifier\"; leave it out or change the kind");
  const bool looks_at_places = s.model.head == OutputHead::kGap || s.model.head == OutputHead::kCsra;
  TL_CHECK(!looks_at_places || (s.model.kind == ModelKind::kClassifier && s.backbone.layer == BackboneLayer::kConv5Map),
           "model.head = \"gap\" and \"csra\" need model.kind = \"classifier\" and backbone.layer = \"conv5_map\"");
  TL_CHECK(s.model.kind != ModelKind::kClassifier || s.backbone.layer != BackboneLayer::kConv5Map || looks_at_places,
           "backbone.layer = \"conv5_map\" gives a classifier places: take model.head = \"gap\" or \"csra\"");
  TL_CHECK(s.model.kind != ModelKind::kClassifier || s.model.head != OutputHead::kTanhTwoLayer,
           "model.head = \"tanh_two_layer\" belongs to model.kind = \"multi_order\"; take linear");
  TL_CHECK(!s.loss.decision || s.model.head != OutputHead::kCsra,
           "loss.decision reads one row of features a picture, but model.head = \"csra\" has places: take another head");
  TL_CHECK(
      (s.decode.thresholds == Thresholds::kGlobal && s.decode.calibration == Calibration::kNone) ||
          (s.decode.method == DecodeMethod::kScores && (!s.data.validation.empty() || s.data.validation_fraction > 0)),
      "decode.thresholds = \"per_label\" and decode.calibration = \"platt\" are fitted to the scores of validation pictures: "
      "they need decode.method = \"scores\", and data.validation or a data.validation_fraction above 0");
  TL_CHECK(!s.loss.sampled || s.loss.classifier == ClassifierLoss::kPairwise || s.loss.classifier == ClassifierLoss::kWarp,
           "loss.sampled is for loss.classifier = \"pairwise\" or \"warp\", which go over pairs of tags");
  const bool is_order_free = s.model.kind == ModelKind::kOrderFree;
  TL_CHECK(!is_order_free || s.backbone.layer == BackboneLayer::kConv5Map,
           "model.kind = \"order_free\" looks at places: set backbone.layer = \"conv5_map\"");
  TL_CHECK(is_order_free || s.model.alignment == Alignment::kNone,
           "model.alignment belongs to model.kind = \"order_free\"; leave it out or change the kind");
  TL_CHECK(!is_order_free || s.decode.method == DecodeMethod::kGreedy || s.decode.method == DecodeMethod::kBeam,
           "model.kind = \"order_free\" takes decode.method = \"greedy\" or \"beam\"");
  TL_CHECK(
      !s.backbone.mirrored || (s.backbone.freeze && s.backbone.finetune_after < 0),
      "backbone.mirrored = true is for a backbone that stays as it is: backbone.freeze = true, backbone.finetune_after = -1; "
      "one that is trained sees mirrored pictures by data.flip");
  TL_CHECK(
      !s.model.feature_root || (s.backbone.freeze && s.backbone.finetune_after < 0),
      "model.feature_root = true is for a backbone that stays as it is: backbone.freeze = true, backbone.finetune_after = -1; "
      "the slope of a root is unbounded near 0, where many features lie");
  TL_CHECK(
      !s.backbone.mirrored || s.backbone.layer != BackboneLayer::kConv5Map,
      "backbone.mirrored = true takes a mean of whole pictures: with backbone.layer = \"conv5_map\" the places would not match");
  if (is_fitted(s.model.kind)) {
    TL_CHECK(!s.model.feature_root && !s.model.mixed_precision,
             "model.feature_root and model.mixed_precision are for models that are trained; one that is fitted at once has "
             "fit.normalise "
             "and computes in fp32");
    TL_CHECK(s.backbone.freeze && s.backbone.finetune_after < 0,
             "a model that is fitted at once needs a backbone that stays as it is: backbone.freeze = true, "
             "backbone.finetune_after = -1");
    TL_CHECK(!s.data.flip && s.data.crop == Crop::kCenter,
             "a model that is fitted at once sees every picture once: data.flip = false, data.crop = \"center\"");
    TL_CHECK(
        s.train.best_by != "loss",
        "a model that is fitted at once has no loss: name the metric that it is chosen by, such as train.best_by = \"f1_label\"");
    TL_CHECK(s.decode.method == DecodeMethod::kScores,
             "a model without steps has nothing to decode: decode.method must be \"scores\"");
  }
  TL_CHECK(s.model.kind != ModelKind::kClassifier || s.decode.method == DecodeMethod::kScores,
           "model.kind = \"classifier\" has no steps to decode: decode.method must be \"scores\"");
  TL_CHECK(s.model.kind != ModelKind::kJvsp || s.decode.method == DecodeMethod::kGreedy,
           "model.kind = \"jvsp\" names one tag a step: decode.method must be \"greedy\"; how many says decode.exactly");
  TL_CHECK(s.model.kind != ModelKind::kJvsp || s.model.forget_bias == 0 || s.model.jvsp.biases,
           "model.forget_bias needs model.jvsp.biases = true: without them there is no bias to start from");
  TL_CHECK(s.model.kind != ModelKind::kJvsp || s.decode.exactly == 0 || s.decode.selection != Selection::kTopK ||
               s.decode.top_k <= s.decode.exactly,
           "decode.top_k = {} asks for more tags than decode.exactly = {} names", s.decode.top_k, s.decode.exactly);
  TL_CHECK(s.decode.method != DecodeMethod::kBeam || s.model.kind == ModelKind::kOrderedRnn || is_order_free,
           "decode.method = \"beam\" is for model.kind = \"ordered_rnn\" or \"order_free\"; take greedy, or leave it out");
  if (s.model.kind == ModelKind::kOrderedRnn) check_ordered_rnn(s);
  TL_CHECK(!s.optim.nesterov || (s.optim.name == OptimizerKind::kSgd && s.optim.momentum > 0),
           "optim.nesterov needs optim.name = \"sgd\" and an optim.momentum above 0");
  TL_CHECK(s.backbone.mean.empty() == s.backbone.std.empty(), "backbone.mean and backbone.std go together: give both or none");
  TL_CHECK(std::all_of(s.backbone.std.begin(), s.backbone.std.end(), [](double x) { return x > 0; }),
           "backbone.std must be above 0, got {}", value_text(s.backbone.std));
  TL_CHECK(s.optim.schedule != ScheduleKind::kOneCycle || s.optim.warmup_iterations == 0,
           "optim.schedule = \"one_cycle\" has a rise of its own: leave optim.warmup_iterations out");
  TL_CHECK(s.train.patience == 0 || !s.data.validation.empty() || s.data.validation_fraction > 0,
           "train.patience looks at validation: set data.validation or a data.validation_fraction above 0");
  TL_CHECK(s.optim.schedule != ScheduleKind::kPlateau || !s.data.validation.empty() || s.data.validation_fraction > 0,
           "optim.schedule = \"plateau\" looks at validation: set data.validation or a data.validation_fraction above 0");
}

}  // namespace tagloom
