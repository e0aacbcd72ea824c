#include "engine/run/cuda_environment.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "engine/data/feature_cache.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr char kBenchmark[] = "TAGLOOM_CUDNN_BENCHMARK", kWorkspace[] = "TAGLOOM_CUDA_WORKSPACE",
               kGraphs[] = "TAGLOOM_CUDA_GRAPHS";

std::string_view value_of(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

kernels::QueueRules with_environment(kernels::QueueRules rules, bool same_bits_each_time) {
  const std::string_view benchmark = value_of(kBenchmark), workspace = value_of(kWorkspace);
  TL_CHECK(benchmark.empty() || benchmark == "0" || benchmark == "1", "{}={}: it is 1 or 0", kBenchmark, benchmark);
  rules.benchmark = benchmark == "1";
  const std::string_view graphs = value_of(kGraphs);
  TL_CHECK(graphs.empty() || graphs == "0" || graphs == "1", "{}={}: it is 1 or 0", kGraphs, graphs);
  rules.graphs = graphs != "0";
  TL_CHECK(!(rules.benchmark && same_bits_each_time),
           "{}=1 takes the engine that was fastest, which may be another in the next run and gives other bits: unset it, or "
           "train.deterministic",
           kBenchmark);
  if (rules.benchmark) rules.plan_folder = (default_cache_folder() / "cudnn").string();
  if (!workspace.empty()) {
    size_t mib = 0;
    const auto [end, error] = std::from_chars(workspace.data(), workspace.data() + workspace.size(), mib);
    TL_CHECK(error == std::errc() && end == workspace.data() + workspace.size() && mib >= 16 && mib <= 65536,
             "{}={}: it is a number of MiB from 16 to 65536", kWorkspace, workspace);
    rules.workspace_bytes = mib << 20;
  }
  return rules;
}

}  // namespace tagloom
