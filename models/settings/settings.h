#pragma once
// Every setting of a run: the sections that all kinds of model have (sections.h), and the options of each kind.
//
//   Settings settings = settings_from({{"model.kind", SettingValue("rank"), "run.toml:3:8"}});
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "models/settings/sections.h"
#include "models/taggers/cnn_tagger.h"
#include "models/taggers/kinds.h"

namespace tagloom {

enum class Initializer { kTorch, kXavier };
template <>
inline constexpr auto kEnumNames<Initializer> = names_of<Initializer>({{Initializer::kTorch, "torch"},
                                                                       {Initializer::kXavier, "xavier"}});

struct ModelSettings {
  std::string kind = "multi_order";
  CnnTaggerOptions tagger;
  Initializer initializer = Initializer::kTorch;
  TaggerKinds kinds;  // the options of each kind

  void declare(SettingTable& table);
  bool is_fitted() const;   // at once (models/fitting), not step by step
  bool is_ordered() const;  // the order of the true tags counts

  template <class Options>
  Options& as() {
    return std::get<Options>(kinds);
  }
  template <class Options>
  const Options& as() const {
    return std::get<Options>(kinds);
  }

  // Calls visit(options) with the options of `kind`.
  template <class Visit>
  auto with_kind(const Visit& visit) const {
    using Result = decltype(visit(std::get<0>(kinds)));
    if constexpr (std::is_void_v<Result>) {
      std::apply([&](const auto&... options) { (void)((options.kKind == kind ? (visit(options), true) : false) || ...); }, kinds);
    } else {
      Result result{};
      std::apply(
          [&](const auto&... options) { (void)((options.kKind == kind ? (result = visit(options), true) : false) || ...); },
          kinds);
      return result;
    }
  }
};

struct Settings : Sections {
  ModelSettings model;

  // The table bound to this object: valid while it lives and is not moved.
  SettingTable table();
};

// The table of a default Settings: keys, types, defaults and help.
const SettingTable& setting_table();

// As the functions of setting_table.h, with the table of all settings.
Assignment assignment_from_text(const std::string& key, const std::string& text, const std::string& where);
void set_value(Settings& settings, const Assignment& assignment);
SettingValue setting_value(const Settings& settings, const std::string& key);
std::string settings_to_toml(const Settings& settings, const std::vector<std::string>& heading);

// The defaults, then the assignments of model.preset, then every assignment in order (later ones win). Replaces "auto" in loss.reduction,
// decode.method and train.best_mode, and checks the whole. Throws Error(kUsage) naming the keys.
Settings settings_from(const std::vector<Assignment>& assignments);

// The conventions of evaluation (decode.selection ..., eval).
MetricOptions metric_options(const Settings& settings);

}  // namespace tagloom
