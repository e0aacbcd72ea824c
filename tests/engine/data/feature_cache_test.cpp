// Feature caches: round trips, keys, and damaged files.
#include "engine/data/feature_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <set>

#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

const FeatureCacheKey kKey{.weights = 1,
                           .backbone = "resnet50",
                           .layer = "avgpool",
                           .transform = "transform-1 size=224",
                           .precision = "fp32",
                           .device = "cpu",
                           .dataset = 2};

class FeatureCacheTest : public testing::Test {
 protected:
  // Rows 0, 1 and 3 of 4, three values each; row 2 could not be read.
  void write() {
    FeatureCacheWriter writer(file_, kKey, 4, 3);
    writer.add(0, std::vector<float>{1, 2, 3});
    writer.add(1, std::vector<float>{4, 5, 6});
    writer.add(3, std::vector<float>{7, 8, 9});
    writer.commit();
  }

  std::string reason_of_absence(const FeatureCacheKey& key = kKey) {
    std::string reason;
    EXPECT_FALSE(FeatureCache::open(file_, key, reason).has_value());
    EXPECT_THAT(reason, testing::StartsWith(file_ + ": "));
    return reason.substr(std::min(reason.size(), file_.size() + 2));
  }

  test::TemporaryFolder folder_;
  const std::string file_ = folder_ / "made/as/needed/f.bin";
};

TEST_F(FeatureCacheTest, ReadsWhatWasWritten) {
  write();
  std::string reason;
  const std::optional<FeatureCache> cache = FeatureCache::open(file_, kKey, reason);
  ASSERT_TRUE(cache.has_value()) << reason;
  EXPECT_EQ(cache->count(), 4);
  EXPECT_EQ(cache->dimension(), 3);
  EXPECT_THAT(cache->row(1), testing::ElementsAre(4, 5, 6));
  EXPECT_THAT(cache->rows(), testing::ElementsAre(1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 8, 9));
  EXPECT_TRUE(cache->valid(3));
  EXPECT_FALSE(cache->valid(2));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(cache->rows().data()) % 64, 0u);
}

TEST_F(FeatureCacheTest, AcceptsNoRowsAndMissingLastRows) {
  FeatureCacheWriter(file_, kKey, 0, 3).commit();
  std::string reason;
  EXPECT_EQ(FeatureCache::open(file_, kKey, reason)->count(), 0);
  FeatureCacheWriter(file_, kKey, 2, 3).commit();
  const std::optional<FeatureCache> cache = FeatureCache::open(file_, kKey, reason);
  EXPECT_EQ(cache->count(), 2);
  EXPECT_FALSE(cache->valid(1));
}

TEST_F(FeatureCacheTest, IsAbsentUntilCommitted) {
  EXPECT_EQ(reason_of_absence(), "there is no such cache yet");
  {
    FeatureCacheWriter writer(file_, kKey, 1, 1);
    writer.add(0, std::vector<float>{1});
    EXPECT_EQ(reason_of_absence(), "there is no such cache yet");
  }
  EXPECT_EQ(reason_of_absence(), "there is no such cache yet");
  EXPECT_TRUE(std::filesystem::is_empty(std::filesystem::path(file_).parent_path()));
}

TEST_F(FeatureCacheTest, RemovesWhatAKilledProcessLeft) {
  const std::string left = file_ + ".tmp-tagloom-999999999-0";  // no process has this PID
  write();
  test::write_whole_file(left, "half of the features");
  write();
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(FeatureCacheTest, ReportsTheDifferenceOfAnotherKey) {
  write();
  FeatureCacheKey key = kKey;
  key.precision = "bf16";
  EXPECT_EQ(reason_of_absence(key), "its precision is fp32, expected bf16");
  key = kKey;
  key.dataset = 3;
  EXPECT_EQ(reason_of_absence(key), "its dataset is 0000000000000002, expected 0000000000000003");
}

TEST_F(FeatureCacheTest, FileNamesNeverChange) {
  EXPECT_EQ(kKey.file_name(), "features-resnet50-339a9daea1325965.bin");  // users' caches are found by this name
}

TEST_F(FeatureCacheTest, EveryFieldOfTheKeyCounts) {
  std::vector<FeatureCacheKey> keys(8, kKey);
  keys[1].weights = 9;
  keys[2].backbone = "vgg16";
  keys[3].layer = "fc7";
  keys[4].transform = "x";
  keys[5].precision = "bf16";
  keys[6].device = "cuda";
  keys[7].dataset = 9;
  std::set<std::string> names;
  for (const FeatureCacheKey& key : keys) names.insert(key.file_name());
  EXPECT_EQ(names.size(), keys.size());
  EXPECT_THAT(keys[2].file_name().string(), testing::MatchesRegex("features-vgg16-[0-9a-f]{16}\\.bin"));
}

// Changes a byte and truncates the file at every third position.
TEST_F(FeatureCacheTest, IsAbsentAfterAnyDamage) {
  write();
  const std::string good = test::read_whole_file(file_);
  std::string reason;
  for (size_t i = 0; i < good.size(); i += 3) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    test::write_whole_file(file_, bad);
    EXPECT_FALSE(FeatureCache::open(file_, kKey, reason).has_value()) << "byte " << i;
    test::write_whole_file(file_, good.substr(0, i));
    EXPECT_FALSE(FeatureCache::open(file_, kKey, reason).has_value()) << "length " << i;
  }
  test::write_whole_file(file_, good + "x");
  EXPECT_FALSE(FeatureCache::open(file_, kKey, reason).has_value());
  test::write_whole_file(file_, good);
  EXPECT_TRUE(FeatureCache::open(file_, kKey, reason).has_value()) << reason;
}

TEST_F(FeatureCacheTest, ReasonsOfAbsence) {
  write();
  const std::string good = test::read_whole_file(file_);
  const auto reason = [&](std::string text) {
    test::write_whole_file(file_, text);
    return reason_of_absence();
  };
  EXPECT_EQ(reason(""), "it is too short for a feature cache");
  EXPECT_EQ(reason(std::string(100, 'x')), "it is not a feature cache");
  EXPECT_EQ(reason(good.substr(0, good.size() - 1)),
            format("it has {} bytes, but its header requires {}", good.size() - 1, good.size()));
  std::string bad = good;
  for (const char version : {0, 3}) {
    bad[8] = version;
    EXPECT_EQ(reason(bad), format("it has version {}, this program reads versions 1 and 2", static_cast<int>(version)));
  }
  bad = good;
  bad[good.size() - 20] ^= 1;
  EXPECT_EQ(reason(bad), "its checksum is wrong, the file is damaged");
  bad = good;
  std::memset(&bad[16], 0xFF, 16);  // sizes whose product overflows
  EXPECT_THAT(reason(bad), testing::EndsWith(" bytes, but its header requires 0"));
}

// Files of version 1 have no invalid rows that can be trusted.
TEST_F(FeatureCacheTest, ReadsVersion1WithoutInvalidRows) {
  const auto as_version_1 = [&] {
    std::string text = test::read_whole_file(file_);
    text[8] = 1;
    const size_t body = text.size() - sizeof(uint64_t);
    const uint64_t checksum = hash_bytes(std::as_bytes(std::span(text)).first(body));
    std::memcpy(&text[body], &checksum, sizeof checksum);
    test::write_whole_file(file_, text);
  };
  write();
  as_version_1();
  EXPECT_EQ(reason_of_absence(), "version 1 may mark pictures as unreadable because of an I/O error");

  FeatureCacheWriter writer(file_, kKey, 2, 1);
  writer.add(0, std::vector<float>{4});
  writer.add(1, std::vector<float>{5});
  writer.commit();
  as_version_1();
  std::string reason;
  const std::optional<FeatureCache> cache = FeatureCache::open(file_, kKey, reason);
  ASSERT_TRUE(cache.has_value()) << reason;
  EXPECT_THAT(cache->rows(), testing::ElementsAre(4, 5));
}

TEST_F(FeatureCacheTest, TriesItsFolder) {
  const std::string folder = folder_ / "to/try";
  try_cache_folder(folder);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  test::write_whole_file(folder_ / "file", "x");
  EXPECT_THAT(test::data_error([&] { try_cache_folder(folder_ / "file"); }), testing::StartsWith(folder_ / "file: "));
  EXPECT_THAT(test::data_error([&] { try_cache_folder("/proc/no"); }), testing::StartsWith("/proc/no: "));
}

TEST_F(FeatureCacheTest, TreatsAFolderAsAbsent) {
  std::filesystem::create_directories(file_);
  reason_of_absence();
}

TEST_F(FeatureCacheTest, RejectsInvalidArguments) {
  FeatureCacheWriter writer(file_, kKey, 3, 2);
  writer.add(1, std::vector<float>{1, 2});
  EXPECT_EQ(test::usage_error([&] {
              writer.add(0, std::vector<float>{1, 2});
            }),
            "[feature_cache] row 0 cannot be added now: only rows 2 to 2 can");
  EXPECT_EQ(test::usage_error([&] { writer.add(2, std::vector<float>{1}); }), "[feature_cache] row 2 has 1 values, expected 2");
  EXPECT_EQ(test::usage_error([&] { FeatureCacheWriter(file_, kKey, 1, 0); }), "[feature_cache] cannot hold 1 rows of 0 values");
  EXPECT_THAT(test::data_error([&] { FeatureCacheWriter("/proc/no/f.bin", kKey, 1, 1); }),
              testing::StartsWith("/proc/no: the folder cannot be created: "));
}

TEST(CacheFolder, FollowsTheEnvironment) {
  const auto with = [](const char* cache, const char* xdg, const char* home) {
    std::vector<std::pair<std::string, std::optional<std::string>>> before;
    for (const auto& [name, value] : {std::pair{"TAGLOOM_CACHE", cache}, {"XDG_CACHE_HOME", xdg}, {"HOME", home}}) {
      const char* old = std::getenv(name);
      before.emplace_back(name, old ? std::optional<std::string>(old) : std::nullopt);
      value ? setenv(name, value, 1) : unsetenv(name);
    }
    std::string folder;
    try {
      folder = default_cache_folder();
    } catch (const Error& error) {
      folder = error.what();
    }
    for (const auto& [name, value] : before) value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    return folder;
  };
  EXPECT_EQ(with("/c", "/x", "/h"), "/c");
  EXPECT_EQ(with(nullptr, "/x", "/h"), "/x/tagloom");
  EXPECT_EQ(with("", "", "/h"), "/h/.cache/tagloom");
  EXPECT_EQ(with(nullptr, nullptr, nullptr), "no folder for caches: set TAGLOOM_CACHE to one (HOME is not set)");
}

}  // namespace
}  // namespace tagloom
