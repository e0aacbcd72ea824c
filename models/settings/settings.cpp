#include "models/settings/settings.h"

#include "kernels/base/error.h"

namespace tagloom {
namespace {

const std::vector<std::string> kSections = {"data", "backbone", "model",          "model.jvsp", "fit",    "neighbours", "linear",
                                            "loss", "optim",    "optim.backbone", "train",      "decode", "eval"};

// The help of model.kind: each kind with its description.
std::string kinds_about(const TaggerKinds& kinds, std::vector<std::string>& names) {
  std::string trained, fitted;
  std::apply(
      [&](const auto&... options) {
        const auto add = [&](const auto& one) {
          names.emplace_back(one.kKind);
          std::string& list = one.kFitted ? fitted : trained;
          list += (list.empty() ? "" : ", ") + std::string(one.kKind) + " = " + one.kAbout;
        };
        (add(options), ...);
      },
      kinds);
  return trained + ". Fitted at once, without epochs: " + fitted + ".";
}

void resolve_automatic(Settings& settings, SettingTable& table) {
  const Automatic automatic = settings.model.with_kind([](const auto& options) { return options.automatic(); });
  const auto replace = [&](const char* key, const std::string& value) {
    if (table.find(key)->value(settings.model.kind) == SettingValue(std::string("auto"))) set_value(table, {key, value, "auto"});
  };
  replace("loss.reduction", name_of(automatic.reduction));
  replace("decode.method", name_of(automatic.method));
  replace("train.best_mode", settings.train.best_by == "loss" ? "min" : "max");
}

void check_model(const Settings& settings, const SettingTable& table) {
  const std::string& kind = settings.model.kind;
  for (const Setting* setting : table.rows()) {
    if (!setting->own_kind_only || setting->has_kind(kind) || setting->value(kind) == setting->default_value) continue;
    std::string kinds;
    for (const std::string& one : setting->kinds()) kinds += (kinds.empty() ? "\"" : " or \"") + one + "\"";
    fail(ErrorKind::kUsage, "{} = {} belongs to model.kind = {}; leave it out or change the kind", setting->key,
         value_text(setting->value(kind)), kinds);
  }
  const Automatic automatic = settings.model.with_kind([](const auto& options) { return options.automatic(); });
  TL_CHECK(table.find("loss.reduction")->value(kind) != SettingValue(std::string(name_of(LossReduction::kMeanTokens))) ||
               automatic.reduction == LossReduction::kMeanTokens,
           "loss.reduction = \"mean_tokens\" is for models that name tags in order (rank, ordered_rnn, and order_free with a "
           "model.alignment); set sum_labels_mean_batch");
  const CnnTaggerOptions& tagger = settings.model.tagger;
  TL_CHECK(
      !settings.model.is_fitted() || (!tagger.feature_root && !tagger.mixed_precision),
      "model.feature_root and model.mixed_precision are for trained models; a model that is fitted at once has fit.normalise "
      "and computes in fp32");
  TL_CHECK(!tagger.feature_root || settings.backbone.is_fixed(),
           "model.feature_root = true needs a frozen backbone: set backbone.freeze = true and backbone.finetune_after = -1; the "
           "slope of a root is unbounded near 0, where many features lie");
  settings.model.with_kind([&](const auto& options) { options.check(settings); });
}

}  // namespace

void ModelSettings::declare(SettingTable& table) {
  std::vector<std::string> names;
  const std::string about = kinds_about(kinds, names);
  SettingRows model = table.section("model");
  model.text("kind", kind, about, names);
  model.choice("initializer", initializer,
               "Random initial weights: PyTorch's rules, or Glorot's with zero biases and embeddings in -1 to 1.");
  tagger.declare(model);
  const auto declare_kind = [&](auto& options) {
    table.set_kind(options.kKind);
    options.declare(table);
  };
  std::apply([&](auto&... options) { (declare_kind(options), ...); }, kinds);
  table.set_kind("");
}

bool ModelSettings::is_fitted() const {
  return with_kind([](const auto& options) { return options.kFitted; });
}

bool ModelSettings::is_ordered() const {
  return with_kind([](const auto& options) { return options.kOrdered; });
}

SettingTable Settings::table() {
  SettingTable table(kSections);
  declare(table);
  model.declare(table);
  return table;
}

const SettingTable& setting_table() {
  static Settings defaults;
  static const SettingTable table = defaults.table();
  return table;
}

Assignment assignment_from_text(const std::string& key, const std::string& text, const std::string& where) {
  return assignment_from_text(setting_table(), key, text, where);
}

void set_value(Settings& settings, const Assignment& assignment) {
  SettingTable table = settings.table();
  set_value(table, assignment);
}

SettingValue setting_value(const Settings& settings, const std::string& key) {
  Settings copy = settings;
  const SettingTable table = copy.table();
  const Setting* setting = table.find(key);
  TL_CHECK(setting != nullptr, "unknown key \"{}\"", key);
  return setting->value(settings.model.kind);
}

std::string settings_to_toml(const Settings& settings, const std::vector<std::string>& heading) {
  Settings copy = settings;
  return settings_to_toml(copy.table(), settings.model.kind, heading);
}

Settings settings_from(const std::vector<Assignment>& assignments) {
  Preset preset = Preset::kNone;
  for (const Assignment& assignment : assignments) {
    if (assignment.key != "model.preset") continue;
    Settings presets;
    SettingTable table = presets.table();
    set_value(table, assignment);
    preset = presets.model.as<MultiOrderOptions>().preset;
  }
  Settings settings;
  SettingTable table = settings.table();
  for (const Assignment& assignment : preset_assignments(preset)) set_value(table, assignment);
  for (const Assignment& assignment : assignments) set_value(table, assignment);
  resolve_automatic(settings, table);
  settings.check();
  check_model(settings, table);
  return settings;
}

MetricOptions metric_options(const Settings& settings) {
  MetricOptions options = settings.metrics;
  options.order = settings.model.is_ordered() ? TruthOrder::kOrdered : TruthOrder::kDetect;
  return options;
}

}  // namespace tagloom
