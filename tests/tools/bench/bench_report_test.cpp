// Formatting, baselines and roofs of tagbench's results.
#include "tools/bench/bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

BenchResult result_of(const std::string& name, double seconds) {
  BenchResult result{.name = name, .bytes = 4e6, .flops = 1e9, .verdict = {"same bits twice"}};
  result.timing = timing_of({seconds}, 1);
  result.roof = {Bound::kArithmetic, 0.5};
  return result;
}

TEST(BenchReport, PrintsTheRateOfTheTighterBound) {
  BenchResult result = result_of("a", 1e-3);
  EXPECT_THAT(bench_line(result, 10, nullptr), HasSubstr("1.000 TFLOP/s"));
  EXPECT_THAT(bench_line(result, 10, nullptr), HasSubstr("1.00 ms"));
  EXPECT_THAT(bench_line(result, 10, nullptr), HasSubstr("50 %"));
  result.roof.bound = Bound::kMemory;
  EXPECT_THAT(bench_line(result, 10, nullptr), HasSubstr("4.00 GB/s"));
  result.pictures = 32;
  EXPECT_THAT(bench_line(result, 10, nullptr), HasSubstr("32000.0 images/s"));
}

TEST(BenchReport, MarksWrongRowsAndKeepsTheirTime) {
  BenchResult result = result_of("a", 1e-3);
  result.verdict.wrong = "memory around y was written";
  const BenchBaseline then{.seconds = {{"a", 1e-4}}};
  EXPECT_THAT(bench_line(result, 10, &then), HasSubstr("1.00 ms"));
  EXPECT_THAT(bench_line(result, 10, &then), HasSubstr("WRONG: memory around y was written"));
  EXPECT_THAT(bench_line(result, 10, &then), Not(HasSubstr("SLOWER")));
  EXPECT_THAT(bench_line(result, 10, nullptr), Not(HasSubstr("same bits twice")));
  Roofs roofs(Device::cpu(), 1e-3);
  const nlohmann::json json = nlohmann::json::parse(bench_json({}, {result}, roofs));
  EXPECT_EQ(json["rows"][0]["wrong"], "memory around y was written");
  EXPECT_EQ(json["rows"][0]["seconds"], 1e-3);
}

TEST(BenchReport, RowsThatCouldNotRunHaveNoTime) {
  const BenchResult result{.name = "a", .verdict = {.how = "", .wrong = "out of memory"}};
  EXPECT_EQ(bench_line(result, 2, nullptr), "a   WRONG: out of memory\n");
  Roofs roofs(Device::cpu(), 1e-3);
  const nlohmann::json json = nlohmann::json::parse(bench_json({}, {result}, roofs));
  EXPECT_EQ(json["rows"][0]["wrong"], "out of memory");
  EXPECT_FALSE(json["rows"][0].contains("seconds"));
}

TEST(BenchReport, RoundTripsAndComparesWithABaseline) {
  test::TemporaryFolder folder;
  Roofs roofs(Device::cpu(), 1e-3);
  const BenchMachine machine{.version = "0", .date = "2026-01-02T03:04:05Z", .kind = "cpu"};
  test::write_whole_file(folder / "then.json", bench_json(machine, {result_of("a", 1e-3), result_of("b", 2e-3)}, roofs));
  const BenchBaseline then = read_baseline(folder / "then.json");
  EXPECT_EQ(then.kind, "cpu");
  EXPECT_EQ(then.date, machine.date);
  EXPECT_DOUBLE_EQ(ratio_to(then, result_of("b", 3e-3)).value(), 1.5);
  EXPECT_FALSE(ratio_to(then, result_of("c", 3e-3)).has_value());
  EXPECT_THAT(bench_line(result_of("a", 1.11e-3), 10, &then), HasSubstr("SLOWER"));
  EXPECT_THAT(bench_line(result_of("a", 1.09e-3), 10, &then), Not(HasSubstr("SLOWER")));
  EXPECT_THAT(bench_line(result_of("a", 1.09e-3), 10, &then), HasSubstr("1.09"));
}

TEST(BenchReport, RejectsOtherFilesAsBaseline) {
  test::TemporaryFolder folder;
  EXPECT_ERROR(kData, "none.json", read_baseline(folder / "none.json"));
  test::write_whole_file(folder / "other.json", "{\"rows\": []}");
  EXPECT_ERROR(kData, "not a file of tagbench --json", read_baseline(folder / "other.json"));
  test::write_whole_file(folder / "text.json", "hello");
  EXPECT_ERROR(kData, "text.json", read_baseline(folder / "text.json"));
}

TEST(BenchRoof, UsesTheTighterOfMemoryAndArithmetic) {
  Roofs roofs(Device::cpu(), 1e-3);
  BenchRow row{.name = "copy", .bytes = 1 << 20};
  const double copy_seconds = row.bytes / roofs.copy_rate(row.bytes);
  const RoofShare memory = roofs.share(row, 4 * copy_seconds);
  EXPECT_EQ(memory.bound, Bound::kMemory);
  EXPECT_DOUBLE_EQ(memory.share, 0.25);
  row.flops = row.bytes / 2;  // too few for the matrix rate to be measured
  EXPECT_EQ(roofs.share(row, 1).bound, Bound::kMemory);
  EXPECT_TRUE(roofs.matrices().empty());
  EXPECT_EQ(roofs.share({.name = "nothing counted"}, 1).bound, Bound::kNone);
  EXPECT_EQ(roofs.copies().size(), 1u);
}

}  // namespace
}  // namespace tagloom
