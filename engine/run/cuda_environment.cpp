// Parses and checks the environment variables.
#include "engine/run/cuda_environment.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "engine/data/feature_cache.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr char kBenchmark[] = "TAGLOOM_CUDA_BENCHMARK", kOldBenchmark[] = "TAGLOOM_CUDNN_BENCHMARK",
               kCompile[] = "TAGLOOM_CUDA_COMPILE_SECONDS", kWorkspace[] = "TAGLOOM_CUDA_WORKSPACE",
               kGraphs[] = "TAGLOOM_CUDA_GRAPHS", kDecode[] = "TAGLOOM_LSTM_DECODE";

std::string_view value_of(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_on(const char* name, bool otherwise) {
  const std::string_view value = value_of(name);
  TL_CHECK(value.empty() || value == "0" || value == "1", "{}={}: must be 0 or 1", name, value);
  return value.empty() ? otherwise : value == "1";
}

// Nothing if the variable is not set.
std::optional<size_t> number_of(const char* name, const char* what, size_t least, size_t most) {
  const std::string_view value = value_of(name);
  if (value.empty()) return std::nullopt;
  size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  TL_CHECK(error == std::errc() && end == value.data() + value.size() && number >= least && number <= most,
           "{}={}: must be a number of {} from {} to {}", name, value, what, least, most);
  return number;
}

kernels::DecodeForm decode_form() {
  const std::string_view value = value_of(kDecode);
  if (value.empty()) return kernels::DecodeForm::kFastest;
  if (value == "cluster") return kernels::DecodeForm::kCluster;
  if (value == "grid") return kernels::DecodeForm::kGrid;
  TL_CHECK(value == "steps", "{}={}: must be cluster, grid or steps", kDecode, value);
  return kernels::DecodeForm::kSteps;
}

}  // namespace

kernels::QueueRules with_environment(kernels::QueueRules rules, bool same_bits_each_time) {
  const char* const benchmark = value_of(kBenchmark).empty() && !value_of(kOldBenchmark).empty() ? kOldBenchmark : kBenchmark;
  rules.benchmark = is_on(benchmark, false);
  rules.graphs = is_on(kGraphs, true);
  TL_CHECK(!(rules.benchmark && same_bits_each_time),
           "{}=1 picks the fastest engine, which can differ between runs and give different bits: unset it, or "
           "train.deterministic",
           benchmark);
  if (rules.benchmark) rules.plan_folder = (default_cache_folder() / "cudnn").string();
  if (const auto seconds = number_of(kCompile, "seconds", 0, 3600)) rules.compile_seconds = static_cast<double>(*seconds);
  if (const auto mib = number_of(kWorkspace, "MiB", 16, 65536)) rules.workspace_bytes = *mib << 20;
  rules.decode_form = decode_form();
  return rules;
}

}  // namespace tagloom
