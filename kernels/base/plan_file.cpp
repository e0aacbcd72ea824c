#include "kernels/base/plan_file.h"

#include <unistd.h>

#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/base/error.h"

namespace tagloom::kernels {
namespace {

namespace fs = std::filesystem;

constexpr char kFirstLine[] = "tagloom plans 1\n";

// FNV-1a.
uint64_t sum_of(const std::string& text) {
  uint64_t sum = 0xcbf29ce484222325;
  for (const unsigned char byte : text) sum = (sum ^ byte) * 0x100000001b3;
  return sum;
}

std::string sum_line(const std::string& text) { return format("sum {:016x}\n", sum_of(text)); }

std::string file_name(const std::string& owner) {
  std::string name = "plans_";
  for (const unsigned char c : owner) {
    if (std::isalnum(c)) {
      name += static_cast<char>(std::tolower(c));
    } else if (name.back() != '_') {
      name += '_';
    }
  }
  return name + ".txt";
}

std::string plan_line(const std::string& name, const PlanRecipe& recipe) {
  std::string knobs;
  for (const auto& [type, value] : recipe.knobs) knobs += (knobs.empty() ? "" : ",") + format("{}={}", type, value);
  return format("plan {} {} {:.17g} {}\n", recipe.engine, knobs.empty() ? "-" : knobs, recipe.seconds, name);
}

// Removes an integer from the front of `text`.
bool take(std::string_view& text, int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(end - text.data());
  return true;
}

bool take_knobs(std::string_view text, PlanRecipe& recipe) {
  if (text == "-") return true;
  for (;;) {
    std::pair<int64_t, int64_t> knob;
    if (!take(text, knob.first) || !text.starts_with("=")) return false;
    text.remove_prefix(1);
    if (!take(text, knob.second)) return false;
    recipe.knobs.push_back(knob);
    if (text.empty()) return true;
    if (!text.starts_with(",")) return false;
    text.remove_prefix(1);
  }
}

bool take_plan(const std::string& line, std::map<std::string, PlanRecipe>& plans) {
  std::istringstream words(line);
  std::string plan, knobs, name;
  PlanRecipe recipe;
  if (!(words >> plan >> recipe.engine >> knobs >> recipe.seconds) || plan != "plan") return false;
  words >> std::ws;
  if (!std::getline(words, name) || name.empty() || !take_knobs(knobs, recipe)) return false;
  plans[name] = recipe;
  return true;
}

}  // namespace

PlanFile::PlanFile(const std::string& folder, std::string owner) : owner_(std::move(owner)) {
  if (folder.empty()) return;
  path_ = folder + "/" + file_name(owner_);
  plans_ = read();
}

std::optional<PlanRecipe> PlanFile::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = plans_.find(name);
  if (found == plans_.end()) return std::nullopt;
  return found->second;
}

std::string PlanFile::warning() const {
  const std::lock_guard lock(mutex_);
  return warning_;
}

void PlanFile::put(const std::string& name, const PlanRecipe& recipe) {
  const std::lock_guard lock(mutex_);
  if (!path_.empty()) {
    for (const auto& [other, plan] : read()) plans_.emplace(other, plan);
  }
  plans_[name] = recipe;
  if (!path_.empty()) write();
}

std::map<std::string, PlanRecipe> PlanFile::read() {
  warning_.clear();
  std::ifstream file(path_, std::ios::binary);
  if (!file) return {};
  std::ostringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const auto ignore = [&](const char* why) {
    warning_ = format("{} is not used and will be replaced: it {}", path_, why);
    return std::map<std::string, PlanRecipe>();
  };
  if (!text.starts_with(kFirstLine)) return ignore("is not a plan file of this version");
  const size_t last = text.rfind("sum ");
  if (last == std::string::npos || sum_line(text.substr(0, last)) != text.substr(last)) return ignore("is damaged");
  std::istringstream lines(text.substr(sizeof kFirstLine - 1, last - (sizeof kFirstLine - 1)));
  std::string line;
  if (!std::getline(lines, line) || line != "owner " + owner_) return ignore("belongs to another GPU or library version");
  std::map<std::string, PlanRecipe> plans;
  while (std::getline(lines, line)) {
    if (!take_plan(line, plans)) return ignore("is damaged");
  }
  return plans;
}

void PlanFile::write() {
  std::string text = kFirstLine + format("owner {}\n", owner_);
  for (const auto& [name, recipe] : plans_) text += plan_line(name, recipe);
  text += sum_line(text);
  const std::string temporary = format("{}.{}", path_, getpid());
  std::error_code error;
  fs::create_directories(fs::path(path_).parent_path(), error);
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  if (file) fs::rename(temporary, path_, error);
  if (!file || error) {
    warning_ = format("{} could not be written: the next run will time the engines again", path_);
    fs::remove(temporary, error);
  }
}

}  // namespace tagloom::kernels
