// tagbench on the command line, with rows that run quickly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "kernels/base/device.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

ProgramResult tagbench(std::vector<std::string> words, const ProgramOptions& options = {}) {
  words.insert(words.begin(), {"tagbench", "--device", "cpu", "--seconds", "0.01"});
  return run_program(words, options);
}

TEST(Tagbench, VerifiesTimesAndWritesOneJsonObject) {
  TemporaryFolder folder;
  const ProgramResult r = tagbench({"--all", "--filter", "^relu_forward\\[n=(33|1025) ", "--json", folder / "now.json"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.err, "");
  EXPECT_THAT(r.out, HasSubstr("relu_forward[n=33 seed=7] "));
  EXPECT_THAT(r.out, HasSubstr("same bits twice"));
  const nlohmann::json json = nlohmann::json::parse(read_whole_file(folder / "now.json"));
  EXPECT_EQ(json["kind"], "cpu");
  ASSERT_EQ(json["rows"].size(), 2u);
  const nlohmann::json& row = json["rows"][1];
  EXPECT_EQ(row["name"], "relu_forward[n=1025 seed=7]");
  const double seconds = row["seconds"];
  EXPECT_GT(seconds, 0);
  EXPECT_LE(row["least_seconds"], seconds);
  EXPECT_GE(row["samples"], 5);
  EXPECT_NEAR(row["gb_per_second"].get<double>(), 1e-9 * 2 * 4 * 1025 / seconds, 1e-6);
  EXPECT_EQ(row["bound"], "memory");
  const double copy = json["roofs"]["copy_gb_per_second_by_bytes"]["16384"];
  EXPECT_NEAR(row["percent_of_roof"].get<double>(), 100 * row["gb_per_second"].get<double>() / copy, 1e-6);
}

TEST(Tagbench, TimesTaggersFromThePictures) {
  TemporaryFolder folder;
  const ProgramResult r = tagbench({"--all", "--filter", "backbone=small size=32 ", "--json", folder / "now.json"});
  ASSERT_EQ(r.code, 0) << r.out << r.err;
  const nlohmann::json json = nlohmann::json::parse(read_whole_file(folder / "now.json"));
  ASSERT_EQ(json["rows"].size(), 8u);  // two models, trained and read, in two precisions
  EXPECT_EQ(json["rows"][0]["name"], "multi_order_end_to_end[n=4 v=291 backbone=small size=32 precision=fp32]");
  for (const nlohmann::json& row : json["rows"]) {
    EXPECT_NEAR(row["images_per_second"].get<double>(), 4 / row["seconds"].get<double>(), 1e-6) << row["name"];
  }
}

TEST(Tagbench, ComparesAMatrixProductWithItsRoof) {
  TemporaryFolder folder;
  const ProgramResult r = tagbench({"--filter", "^gemm\\[m=256 n=2048 k=512", "--json", folder / "now.json"});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("TFLOP/s"));
  const nlohmann::json json = nlohmann::json::parse(read_whole_file(folder / "now.json"));
  const nlohmann::json& row = json["rows"][0];
  const double share =
      100 * row["tflop_per_second"].get<double>() / json["roofs"]["matrix_tflop_per_second"]["fp32"].get<double>();
  const double percent = row["percent_of_roof"].get<double>();
  EXPECT_GE(percent, share - 1e-6);  // the tighter roof counts; on a busy machine that may be memory
  if (row["bound"] == "arithmetic") {
    EXPECT_NEAR(percent, share, 1e-6);
  } else {
    EXPECT_EQ(row["bound"], "memory");
    EXPECT_GT(row["gb_per_second"].get<double>(), 0);
  }
}

TEST(Tagbench, ReportsStepsInImagesPerSecond) {
  const ProgramResult r = tagbench({"--filter", "^rank_step\\[n=32 "});
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("images/s"));
}

TEST(Tagbench, MarksSlowerRows) {
  TemporaryFolder folder;
  const std::vector<std::string> rows{"--all", "--filter", "^relu_forward\\[n=(33|1025) "};
  std::vector<std::string> first = rows, second = rows;
  first.insert(first.end(), {"--json", folder / "then.json"});
  ASSERT_EQ(tagbench(first).code, 0);
  nlohmann::json then = nlohmann::json::parse(read_whole_file(folder / "then.json"));
  then["rows"][0]["seconds"] = 1e-12;  // now it cannot be as fast
  then["rows"][1]["seconds"] = 1e3;    // nor as slow
  write_whole_file(folder / "then.json", then.dump());
  second.insert(second.end(), {"--compare", folder / "then.json"});
  const ProgramResult r = tagbench(second);
  ASSERT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("1 of 2 rows are more than 10 % slower than in " + (folder / "then.json")));
  const size_t marked = r.out.find("SLOWER");
  ASSERT_NE(marked, std::string::npos);
  EXPECT_LT(marked, r.out.find("relu_forward[n=1025"));
  EXPECT_EQ(r.out.find("SLOWER", marked + 1), std::string::npos);
}

TEST(Tagbench, ListsRowsWithoutRunningThem) {
  const ProgramResult some = tagbench({"--list"}), all = tagbench({"--list", "--all"});
  EXPECT_EQ(some.code, 0);
  EXPECT_THAT(some.out, HasSubstr("resnet50_features[n=32 size=224 precision=fp32]\n"));
  EXPECT_GT(all.out.size(), 3 * some.out.size());
}

TEST(Tagbench, ListsGpuRowsWithoutAGpu) {
  const ProgramResult filling = run_program({"tagbench", "--device", "cuda", "--list", "--filling"});
  EXPECT_EQ(filling.code, 0);
  EXPECT_THAT(filling.out, HasSubstr("adam_step[n=33554432 "));
  EXPECT_EQ(filling.out.find("resnet"), std::string::npos);
  const ProgramResult all = run_program({"tagbench", "--device", "cuda", "--list"});
  EXPECT_THAT(all.out, HasSubstr("resnet50_train[n=256 "));
  EXPECT_EQ(all.out.find("n=33554432"), std::string::npos);
}

TEST(Tagbench, RecordsTheVerificationInJson) {
  TemporaryFolder folder;
  const std::vector<std::string> row{"--all", "--filter", "^relu_forward\\[n=33 ", "--json", folder / "now.json"};
  std::vector<std::string> quick = row, often = row;
  quick.push_back("--no-verify");
  ASSERT_EQ(tagbench(quick).code, 0);
  EXPECT_THAT(nlohmann::json::parse(read_whole_file(folder / "now.json"))["rows"][0]["verified_by"],
              StartsWith("not verified: "));
  often.insert(often.end(), {"--repeat", "7"});
  ASSERT_EQ(tagbench(often).code, 0);
  EXPECT_EQ(nlohmann::json::parse(read_whole_file(folder / "now.json"))["rows"][0]["verified_by"], "same bits 7 times");
  often.push_back("--no-verify");
  EXPECT_EQ(tagbench(often).code, 2);
  EXPECT_EQ(tagbench({"--repeat", "1"}).code, 2);
}

TEST(Tagbench, WrongFlagsExitWith2AndWrongFilesWith3) {
  TemporaryFolder folder;
  const ProgramResult regex = tagbench({"--filter", "["});
  EXPECT_EQ(regex.code, 2);
  EXPECT_THAT(regex.err, StartsWith("tagbench: --filter is \"[\""));
  EXPECT_EQ(tagbench({"--filter", "no_such_op"}).code, 2);
  EXPECT_EQ(tagbench({"--seconds", "0"}).code, 2);
  EXPECT_EQ(run_program({"tagbench", "--device", "gpu"}).code, 2);
  EXPECT_EQ(tagbench({"--compare", folder / "none.json"}).code, 3);
  write_whole_file(folder / "cuda.json", R"({"kind": "cuda", "date": "", "rows": []})");
  const ProgramResult other = tagbench({"--compare", folder / "cuda.json"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("was measured on cuda"));
  EXPECT_EQ(tagbench({"--all", "--filter", "^relu_forward\\[n=33 ", "--json", folder / "none/now.json"}).code, 3);
}

TEST(Tagbench, CudaWithoutAGpuExitsWith4) {
  if (kernels::cuda_device_count() > 0) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_EQ(run_program({"tagbench", "--device", "cuda"}).code, 4);
}

TEST(Tagbench, KeepsResultsWhenInterrupted) {
  TemporaryFolder folder;
  const ProgramResult r = tagbench({"--filter", "^(image_normalize|relu)", "--json", folder / "now.json"},
                                   {.signal_after = "image_normalize[", .signal = SIGINT});
  EXPECT_EQ(r.code, 130);
  const nlohmann::json json = nlohmann::json::parse(read_whole_file(folder / "now.json"));
  EXPECT_GE(json["rows"].size(), 1u);
  EXPECT_LT(json["rows"].size(), 4u);
}

}  // namespace
}  // namespace tagloom::test
