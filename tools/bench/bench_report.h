#pragma once
// Formats benchmark results as a table and as JSON, and compares them with an earlier JSON file.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/roof.h"

namespace tagloom {

struct BenchResult {
  std::string name;
  double bytes = 0, flops = 0;
  int64_t pictures = 0;
  Verdict verdict = {};
  double prepared_in = 0;  // seconds to build and verify the row
  Timing timing = {};      // without samples if the row could not run
  RoofShare roof = {};
};

// The machine and build that results were measured with.
struct BenchMachine {
  std::string version = {}, date = {};      // Tagloom's version; 2026-11-23T12:00:00Z
  std::string kind = {};                    // "cpu", "cuda"
  std::string device = {}, processor = {};  // "NVIDIA H200 (cuda:0, ...)", "AMD EPYC ..."
  std::string libraries = {};               // oneDNN's or CUDA's versions
};

// An earlier run to compare with.
struct BenchBaseline {
  std::string file, kind = {}, date = {};
  std::map<std::string, double> seconds = {};  // by row name
};

constexpr double kSlower = 1.10;  // rows with a ratio above this are marked

// Throws Error(kData) with the file's name if tagbench did not write it.
BenchBaseline read_baseline(const std::string& file);
// now / then; nullopt if the baseline does not have the row.
std::optional<double> ratio_to(const BenchBaseline& baseline, const BenchResult& result);

std::string bench_header(size_t name_width, bool compared);
std::string bench_line(const BenchResult& result, size_t name_width, const BenchBaseline* baseline);
std::string roofs_text(const Roofs& roofs);
std::string bench_json(const BenchMachine& machine, const std::vector<BenchResult>& results, const Roofs& roofs);

}  // namespace tagloom
