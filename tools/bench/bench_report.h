#pragma once
// What the benchmark found, as a table, as JSON, and beside an earlier JSON.
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
  double prepared_in = 0;  // seconds that making and verifying it took
  Timing timing = {};      // without samples where the row could not run
  RoofShare roof = {};
};

// What a number must be read with.
struct BenchMachine {
  std::string version = {}, date = {};      // of Tagloom; 2026-11-23T12:00:00Z
  std::string kind = {};                    // "cpu", "cuda"
  std::string device = {}, processor = {};  // "NVIDIA H200 (cuda:0, ...)", "AMD EPYC ..."
  std::string libraries = {};               // oneDNN's or CUDA's versions
};

// An earlier run.
struct BenchBaseline {
  std::string file, kind = {}, date = {};
  std::map<std::string, double> seconds = {};  // by row
};

constexpr double kSlower = 1.10;  // a row this many times slower is marked

// Throws Error(kData) naming the file where it is not tagbench's.
BenchBaseline read_baseline(const std::string& file);
// now / then; nothing where the baseline has no such row.
std::optional<double> ratio_to(const BenchBaseline& baseline, const BenchResult& result);

std::string bench_header(size_t name_width, bool compared);
std::string bench_line(const BenchResult& result, size_t name_width, const BenchBaseline* baseline);
std::string roofs_text(const Roofs& roofs);
std::string bench_json(const BenchMachine& machine, const std::vector<BenchResult>& results, const Roofs& roofs);

}  // namespace tagloom
