// Reads settings from the environment and --set, and finds the files that settings name.
#include "tools/command_line/config.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "engine/core/closest_match.h"
#include "kernels/base/error.h"
#include "kernels/text/shell_quoted.h"
#include "models/settings/setting_origins.h"
#include "tools/command_line/version.h"

namespace tagloom {
namespace {

std::string variable_name(const std::string& key) {
  std::string name = "TAGLOOM_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace

std::vector<Assignment> environment_assignments(const char* const* environment) {
  const std::vector<std::string> keys = setting_table().keys();
  std::vector<std::string> names;
  for (const std::string& key : keys) names.push_back(variable_name(key));
  std::vector<Assignment> assignments;
  for (; *environment != nullptr; ++environment) {
    const std::string entry = *environment;
    const size_t equals = entry.find('=');
    if (!entry.starts_with("TAGLOOM_") || equals == std::string::npos) continue;
    const std::string name = entry.substr(0, equals);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) {
      assignments.push_back(assignment_from_text(keys[found - names.begin()], entry.substr(equals + 1), name));
      continue;
    }
    for (const std::string& section : setting_table().sections()) {
      TL_CHECK(!name.starts_with(variable_name(section) + "_"), "{}: no setting has this environment variable{}", name,
               did_you_mean(name, names));
    }
  }
  return assignments;
}

Assignment set_assignment(const std::string& key_and_value) {
  const size_t equals = key_and_value.find('=');
  TL_CHECK(equals != std::string::npos && equals > 0, "--set {}: write it as key=value, such as train.epochs=10", key_and_value);
  return assignment_from_text(key_and_value.substr(0, equals), key_and_value.substr(equals + 1), "--set " + key_and_value);
}

std::vector<Assignment> all_assignments(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags) {
  std::vector<Assignment> all;
  for (const std::string& path : config_paths) {
    if (path.empty()) continue;
    const std::vector<Assignment> file = read_config(path);
    all.insert(all.end(), file.begin(), file.end());
  }
  const std::vector<Assignment> variables = environment_assignments(environ);
  all.insert(all.end(), variables.begin(), variables.end());
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

Settings read_settings(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags) {
  return settings_from(all_assignments(config_paths, flags));
}

std::string shown_config(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags) {
  const std::vector<Assignment> all = all_assignments(config_paths, flags);
  return settings_with_origins(settings_from(all), all);
}

std::vector<std::string> config_heading(const std::string& tool, const std::vector<std::string>& arguments) {
  std::string line = tool;
  for (const std::string& argument : arguments) line.append(" ").append(shell_quoted(argument));
  return {tool + " " + version(), line};
}

std::string find_input(const std::string& key, const std::string& path) {
  namespace fs = std::filesystem;
  const auto exists = [&](const fs::path& file) {
    std::error_code error;
    const bool found = fs::exists(file, error);
    TL_CHECK_AS(ErrorKind::kData, !error, "{} = \"{}\": {} cannot be read: {}", key, path, file.string(), error.message());
    return found;
  };
  if (exists(path)) return fs::absolute(path).lexically_normal().string();
  TL_CHECK_AS(ErrorKind::kData, !fs::path(path).is_absolute(), "{} = \"{}\": there is no such file; set {} to its new path", key,
              path, key);
  const std::string here = fs::current_path().string();
  const char* data = std::getenv("TAGLOOM_DATA");
  TL_CHECK_AS(
      ErrorKind::kData, data != nullptr && *data != '\0',
      "{} = \"{}\": there is no such file in {}; give its full path, or set TAGLOOM_DATA to the folder that it starts from", key,
      path, here);
  const fs::path second = fs::path(data) / path;
  TL_CHECK_AS(ErrorKind::kData, exists(second), "{} = \"{}\": there is no such file in {} or in {} (TAGLOOM_DATA)", key, path,
              here, data);
  return fs::absolute(second).lexically_normal().string();
}

void find_inputs(Settings& settings, const Settings* before) {
  const auto find = [](const char* key, std::string& path) {
    if (!path.empty()) path = find_input(key, path);
  };
  find("data.train", settings.data.train);
  find("data.validation", settings.data.validation);
  if (!before || settings.data.test != before->data.test) find("data.test", settings.data.test);
  if (!before || settings.data.vocabulary != before->data.vocabulary) find("data.vocabulary", settings.data.vocabulary);
  if (!before || settings.backbone.weights != before->backbone.weights) find("backbone.weights", settings.backbone.weights);
  if (!settings.data.cache_dir.empty()) {
    settings.data.cache_dir = std::filesystem::absolute(settings.data.cache_dir).lexically_normal().string();
  }
}

}  // namespace tagloom
