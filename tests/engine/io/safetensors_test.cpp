// Safetensors against files written by Python, and round trips.
#include "engine/io/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using test::read_whole_file;
using test::TemporaryFolder;
using test::write_whole_file;

Safetensors golden() { return Safetensors::open(test::golden_file("safetensors_every_type.safetensors")); }

template <class T>
std::span<const std::byte> bytes_of_all(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

template <class T>
std::vector<T> values_of(const SafetensorsEntry& entry) {
  std::vector<T> values(entry.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), entry.bytes.data(), entry.bytes.size());
  return values;
}

// Compares bits, so that -0 and infinity count.
void expect_same_bits(const std::vector<float>& actual, const std::vector<float>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(std::memcmp(&actual[i], &expected[i], sizeof(float)), 0)
        << "at " << i << ": " << actual[i] << " vs " << expected[i];
  }
}

TEST(Safetensors, MatchesPythonForEveryFloatingType) {
  const Safetensors file = golden();
  for (const char* name : {"half", "brain", "double"}) {
    SCOPED_TRACE(name);
    expect_same_bits(file.to_floats(file.require(name)), values_of<float>(file.require(std::string(name) + ".expected")));
  }
  EXPECT_GT(file.require("half").shape[0], 600);
  const std::vector<float> nan = file.to_floats(file.require("nan"));
  ASSERT_EQ(nan.size(), 1u);
  EXPECT_TRUE(std::isnan(nan[0]));
}

TEST(Safetensors, ReadsOtherTypesAndShapes) {
  const Safetensors file = golden();
  EXPECT_EQ(values_of<int64_t>(file.require("long")),
            (std::vector<int64_t>{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}));
  EXPECT_EQ(file.require("long").shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(values_of<int32_t>(file.require("int")), (std::vector<int32_t>{-1, 0, std::numeric_limits<int32_t>::max()}));
  EXPECT_EQ(values_of<int16_t>(file.require("short")), std::vector<int16_t>{-2});
  EXPECT_EQ(values_of<int8_t>(file.require("tiny")), std::vector<int8_t>{-3});
  EXPECT_EQ(values_of<uint8_t>(file.require("byte")), (std::vector<uint8_t>{0, 1, 254, 255}));
  EXPECT_EQ(file.require("truth").type, SafetensorsType::kBool);
  EXPECT_TRUE(file.require("nan").shape.empty());
  EXPECT_EQ(file.require("nothing").shape, (std::vector<int64_t>{3, 0, 2}));
  EXPECT_TRUE(file.to_floats(file.require("nothing")).empty());
  EXPECT_EQ(values_of<uint8_t>(file.require("ключ \"quoted\" \t")), std::vector<uint8_t>{7});
  EXPECT_EQ(file.metadata(), (SafetensorsMetadata{{"maker", "safetensors_golden.py"}, {"größe", "ü"}}));
}

TEST(Safetensors, ConvertsEveryHalf) {
  std::vector<uint16_t> halves(65536);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  TemporaryFolder folder;
  write_safetensors(folder / "h.safetensors", {{"h", SafetensorsType::kF16, {65536}, bytes_of_all(halves)}});
  const Safetensors file = Safetensors::open(folder / "h.safetensors");
  const std::vector<float> values = file.to_floats(file.require("h"));
  for (int i = 0; i < 65536; ++i) {
    const int exponent = (i >> 10) & 31, fraction = i & 1023;
    const double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                             : exponent == 0 ? std::ldexp(fraction, -24)
                                             : std::ldexp(1024 + fraction, exponent - 25);
    const float value = values[static_cast<size_t>(i)];
    ASSERT_EQ(std::signbit(value), i >= 0x8000) << i;
    if (std::isnan(magnitude)) {
      ASSERT_TRUE(std::isnan(value)) << i;
    } else {
      ASSERT_EQ(std::fabs(value), magnitude) << i;
    }
  }
}

TEST(Safetensors, RoundTrips) {
  TemporaryFolder folder;
  const std::string path = folder / "a.safetensors";
  const Safetensors source = golden();
  write_safetensors(path, source.entries(), source.metadata());
  const Safetensors copy = Safetensors::open(path);
  ASSERT_EQ(copy.entries().size(), source.entries().size());
  for (const SafetensorsEntry& entry : source.entries()) {
    const SafetensorsEntry& other = copy.require(entry.name);
    EXPECT_EQ(other.type, entry.type) << entry.name;
    EXPECT_EQ(other.shape, entry.shape) << entry.name;
    EXPECT_TRUE(std::ranges::equal(other.bytes, entry.bytes)) << entry.name;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(other.bytes.data()) % static_cast<uintptr_t>(size_of(entry.type)), 0u);
  }
  SafetensorsMetadata metadata = copy.metadata();
  EXPECT_EQ(metadata.erase(kSafetensorsChecksum), 1u);
  EXPECT_EQ(metadata, source.metadata());
  EXPECT_EQ(folder.file_count(), 1);
}

TEST(Safetensors, WritesTheExactBytes) {
  TemporaryFolder folder;
  const std::string path = folder / "a.safetensors";
  const std::vector<float> x = {1, 2};
  const std::vector<uint8_t> y = {9};
  write_safetensors(path,
                    {{"y", SafetensorsType::kU8, {1}, bytes_of_all(y)}, {"x", SafetensorsType::kF32, {2, 1}, bytes_of_all(x)}},
                    {{"a", "b"}}, {.checksum = false});
  const std::string json =
      "{\"__metadata__\":{\"a\":\"b\"},\"x\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
      "\"y\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[8,9]}}";
  const size_t padded = (json.size() + 7) / 8 * 8;
  std::string expected(8, '\0');
  expected[0] = static_cast<char>(padded);
  expected += json + std::string(padded - json.size(), ' ') + std::string("\0\0\x80\x3f\0\0\0\x40\x09", 9);
  ASSERT_LT(padded, 256u);
  EXPECT_EQ(read_whole_file(path), expected);
}

TEST(Safetensors, OrderOfEntriesDoesNotChangeTheFile) {
  TemporaryFolder folder;
  const std::vector<float> x = {1, 2, 3};
  std::vector<SafetensorsEntry> entries = {{"b", SafetensorsType::kF32, {3}, bytes_of_all(x)},
                                           {"a", SafetensorsType::kF32, {1, 3}, bytes_of_all(x)},
                                           {"c", SafetensorsType::kF32, {0}, {}}};
  write_safetensors(folder / "1", entries, {{"k", "v"}});
  std::ranges::reverse(entries);
  write_safetensors(folder / "2", entries, {{"k", "v"}});
  EXPECT_EQ(read_whole_file(folder / "1"), read_whole_file(folder / "2"));
}

TEST(Safetensors, AcceptsNoTensors) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", {}, {}, {.checksum = false});
  EXPECT_EQ(read_whole_file(folder / "a"), std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
  EXPECT_TRUE(Safetensors::open(folder / "a").entries().empty());
}

TEST(Safetensors, ChecksumDetectsAnyFlippedBit) {
  TemporaryFolder folder;
  const std::string path = folder / "a.safetensors";
  const std::vector<float> x = {1, 2, 3};
  write_safetensors(path, {{"x", SafetensorsType::kF32, {3}, bytes_of_all(x)}}, {{"step", "12"}});
  const std::string good = read_whole_file(path);
  for (size_t at = good.size() - 12; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    write_whole_file(path, bad);
    EXPECT_ERROR(kData, path + ": its content has checksum ", Safetensors::open(path));
  }
  std::string bad = good;
  bad.replace(bad.find("\"12\""), 4, "\"13\"");
  write_whole_file(path, bad);
  EXPECT_ERROR(kData, "the file is damaged", Safetensors::open(path));
  write_whole_file(path, good);
  EXPECT_EQ(Safetensors::open(path).metadata().at("step"), "12");
}

TEST(Safetensors, MovingKeepsSpansValid) {
  Safetensors first = golden();
  Safetensors second = std::move(first);
  const Safetensors third = std::move(second);
  ASSERT_NE(third.find("byte"), nullptr);
  EXPECT_EQ(values_of<uint8_t>(*third.find("byte")), (std::vector<uint8_t>{0, 1, 254, 255}));
}

TEST(Safetensors, ReportsMissingTensors) {
  const Safetensors file = golden();
  EXPECT_EQ(file.find("halv"), nullptr);
  EXPECT_ERROR(kData, "every_type.safetensors: has no tensor \"halv\" (did you mean \"half\"?)", file.require("halv"));
  EXPECT_ERROR(kData, "tensor \"long\" is 2x1 I64, not floating point", file.to_floats(file.require("long")));
  std::vector<float> three(3);
  EXPECT_ERROR(kUsage, "tensor \"brain\" is 2x5 BF16, but 3 values were requested", file.to_floats(file.require("brain"), three));
}

TEST(Safetensors, RejectsWritingUnreadableFiles) {
  TemporaryFolder folder;
  const std::vector<float> x = {1, 2, 3};
  const SafetensorsEntry good{"x", SafetensorsType::kF32, {3}, bytes_of_all(x)};
  SafetensorsEntry wrong_size = good, reserved = good, not_utf8 = good;
  wrong_size.shape = {4};
  reserved.name = "__metadata__";
  not_utf8.name = "\xff";
  const std::string path = folder / "a";
  EXPECT_ERROR(kUsage, "tensor \"x\" is 4 F32 (16 bytes) but has 12 bytes", write_safetensors(path, {wrong_size}));
  EXPECT_ERROR(kUsage, "may not be called \"__metadata__\"", write_safetensors(path, {reserved}));
  EXPECT_ERROR(kUsage, "two tensors are called \"x\"", write_safetensors(path, {good, good}));
  EXPECT_ERROR(kUsage, "not valid UTF-8", write_safetensors(path, {not_utf8}));
  EXPECT_ERROR(kUsage, "tagloom.checksum is computed", write_safetensors(path, {good}, {{kSafetensorsChecksum, "1"}}));
  EXPECT_EQ(folder.file_count(), 0);
}

}  // namespace
}  // namespace tagloom
