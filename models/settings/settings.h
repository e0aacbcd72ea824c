#pragma once
// All settings of a run: the sections that all kinds of model share (sections.h), and the options of each kind.
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
  bool is_fitted() const;   // fitted at once (models/fitting), without training steps
  bool is_ordered() const;  // evaluation uses the order of the true tags

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

  // The table bound to this object; valid while the object exists and is not moved.
  SettingTable table();
};

// The table of a default Settings: keys, types, defaults and help.
const SettingTable& setting_table();

// The functions of the same names in setting_table.h, applied to the table of all settings.
Assignment assignment_from_text(const std::string& key, const std::string& text, const std::string& where);
void set_value(Settings& settings, const Assignment& assignment);
SettingValue setting_value(const Settings& settings, const std::string& key);
std::string settings_to_toml(const Settings& settings, const std::vector<std::string>& heading);

// Applies the defaults, then the assignments of model.preset, then all other assignments in order (later ones win). Replaces
// "auto" in loss.reduction, decode.method and train.best_mode, and checks the result. Throws Error(kUsage) naming the keys.
Settings settings_from(const std::vector<Assignment>& assignments);

// The options of evaluation: decode.selection and related keys, and section eval.
MetricOptions metric_options(const Settings& settings);

}  // namespace tagloom
