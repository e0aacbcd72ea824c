// tagbench: verifies the kernels and times them.
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <regex>

#include "engine/core/interrupt.h"
#include "engine/io/atomic_file.h"
#include "engine/run/cuda_environment.h"
#include "kernels/base/device.h"
#include "kernels/base/error.h"
#include "kernels/onednn/onednn_version.h"
#include "tools/bench/bench_report.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/version.h"
#include "tools/commands/commands.h"

namespace tagloom {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

std::string processor_name() {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.find(": ") + 2, line.size()));
  }
  return "unknown";
}

BenchMachine machine_of(Device device) {
  return {.version = version(),
          .date = utc_now(),
          .kind = device.is_cuda() ? "cuda" : "cpu",
          .device = device.description(),
          .processor = processor_name(),
          .libraries = device.is_cuda() ? kernels::cuda_versions() : kernels::onednn_version()};
}

struct RowChoice {
  std::string filter;
  bool all = false, filling = false;
};

std::vector<BenchRow> selected_rows(const RowChoice& choice, bool cuda) {
  const std::string& filter = choice.filter;
  const bool all = choice.all;
  std::vector<BenchRow> rows = op_rows(cuda, all);
  for (std::vector<BenchRow> more : {backbone_rows(cuda, all), step_rows()}) {
    for (BenchRow& row : more) rows.push_back(std::move(row));
  }
  std::erase_if(rows, [&](const BenchRow& row) { return row.filling != choice.filling; });
  try {
    const std::regex wanted(filter);
    std::erase_if(rows, [&](const BenchRow& row) { return !std::regex_search(row.name, wanted); });
  } catch (const std::regex_error& error) {
    fail(ErrorKind::kUsage, "--filter is \"{}\", which is not a regular expression: {}", filter, error.what());
  }
  TL_CHECK(!rows.empty(), "no row matches --filter \"{}\": tagbench --list{} prints their names", filter,
           all ? " --all" : " [--all]");
  return rows;
}

// Times a row that is wrong too, and marks it. A row that throws does not stop the others.
BenchResult measured(const BenchRow& row, Device device, const Checks& checks, double seconds, Roofs& roofs) {
  BenchResult result{.name = row.name, .bytes = row.bytes, .flops = row.flops, .pictures = row.pictures};
  try {
    const auto start = std::chrono::steady_clock::now();
    const ReadyRow ready = row.make(device, checks);
    result.verdict = ready.verdict;
    result.prepared_in = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.timing = time_calls(device, ready.call, seconds);
    result.roof = roofs.share(row, result.timing.median);
  } catch (const Error& error) {
    result.verdict.wrong = error.what();
    result.timing = {};
  }
  return result;
}

}  // namespace

int bench_command(const std::vector<std::string>& arguments) {
  RowChoice choice;
  std::string json, compare, device_name = "auto";
  bool list = false, no_verify = false;
  std::optional<double> seconds;
  std::optional<int64_t> repeat;
  Options options("tagbench", "Verifies the kernels and whole steps, then times them against this machine's measured peak.");
  options.value("--filter", choice.filter, "REGEX", "Only rows whose name matches, such as ^conv2d or n=256.")
      .value("--device", device_name, "NAME", "cpu, cuda or cuda:N. Default: the first GPU, or the CPU if there is none.")
      .flag("--all", choice.all, "Also the ops at the sizes of the tests.")
      .flag("--filling", choice.filling, "The rows that fill a large GPU, instead of the others.")
      .flag("--list", list, "Print the names of the rows and exit; --device cuda prints a GPU's rows on any machine.")
      .flag("--no-verify", no_verify, "Time rows without checking their results; the JSON records it.")
      .value("--repeat", repeat, "N", "Run each row N times; all runs must give the same bits. Default 2.")
      .value("--seconds", seconds, "S", "Seconds per row, for at least five samples. Default 0.3.")
      .value("--json", json, "FILE", "Write the results as one JSON object.")
      .value("--compare", compare, "FILE",
             "Print ratios to an earlier --json FILE, and mark rows that are more than 10 % slower.")
      .note(
          "spread: interquartile range of the samples, as a share of the median\n"
          "roof: time that the row would take at the rate of a memory copy or of a large matrix product (both measured\n"
          "      in the same run), as a share of the median\n\n"
          "Exit codes: 0 done, 1 a result was wrong, 2 usage, 3 data, 4 device, 130 interrupted.");
  if (!options.parse(arguments)) return kExitDone;
  TL_CHECK(!seconds || (*seconds > 0 && *seconds <= 3600), "--seconds is {}: it must be above 0, and at most 3600", *seconds);
  TL_CHECK(!repeat || (*repeat >= 2 && *repeat <= 1000), "--repeat is {}: it must be 2 to 1000", *repeat);
  TL_CHECK(!repeat || !no_verify, "--repeat compares results, which --no-verify turns off: give one of them");

  if (list) {
    const bool cuda = device_name.starts_with("cuda") || Device::parse(device_name).is_cuda();
    for (const BenchRow& row : selected_rows(choice, cuda)) std::cout << row.name << '\n';
    return kExitDone;
  }
  const Device device = Device::parse(device_name);
  kernels::set_rules(device.queue(), with_environment({}, false));
  const std::vector<BenchRow> rows = selected_rows(choice, device.is_cuda());
  size_t width = 0;
  for (const BenchRow& row : rows) width = std::max(width, row.name.size());
  std::optional<BenchBaseline> baseline;
  const BenchMachine machine = machine_of(device);
  if (!compare.empty()) {
    baseline = read_baseline(compare);
    TL_CHECK(baseline->kind == machine.kind, "{} was measured on {}, this run is on {}: add --device {}", compare, baseline->kind,
             machine.kind, baseline->kind);
  }

  const Interrupt interrupt;
  const double row_seconds = seconds.value_or(0.3);
  const Checks checks{.verify = !no_verify, .runs = static_cast<int>(repeat.value_or(2))};
  Roofs roofs(device, row_seconds);
  std::vector<BenchResult> results;
  int wrong = 0, slower = 0;
  const auto write_json = [&] {  // after each row, so that an interrupted run keeps its results
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].timing.samples > 0) results[i].roof = roofs.share_of_known(rows[i], results[i].timing.median);
    }
    if (!json.empty()) write_file_atomically(json, bench_json(machine, results, roofs));
  };
  std::cout << bench_header(width, baseline.has_value()) << std::flush;
  for (const BenchRow& row : rows) {
    if (Interrupt::signal() != 0) break;
    results.push_back(measured(row, device, checks, row_seconds, roofs));
    std::cout << bench_line(results.back(), width, baseline ? &*baseline : nullptr) << std::flush;
    wrong += !results.back().verdict.wrong.empty();
    const auto ratio = baseline ? ratio_to(*baseline, results.back()) : std::nullopt;
    slower += ratio && *ratio > kSlower;
    write_json();
  }
  std::cout << roofs_text(roofs);
  if (baseline) {
    std::cout << format("{} of {} rows are more than 10 % slower than in {} ({})\n", slower, results.size(), baseline->file,
                        baseline->date);
  }
  TL_CHECK_AS(ErrorKind::kInternal, wrong == 0, "{} of {} rows gave wrong results; they are marked WRONG above", wrong,
              results.size());
  return Interrupt::signal() != 0 ? exit_code_of_signal(Interrupt::signal()) : kExitDone;
}

}  // namespace tagloom
