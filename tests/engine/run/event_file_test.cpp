// TensorBoard event files, read back field by field.
#include "engine/run/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

TEST(Crc32c, MatchesKnownValues) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);            // the standard check value
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(""), 0u);
}

struct Event {
  double wall_time = 0;
  int64_t step = 0;
  std::string version, tag;
  float value = 0;
  int session_status = 0;
};

// A simple protocol-buffer reader: calls field(number, wire type, varint value, bytes) for every field.
template <class Field>
void read_message(const std::string& bytes, const Field& field) {
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.at(at++));
      value |= uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.size()) {
    const uint64_t key = varint();
    const int wire = key & 7;
    uint64_t value = 0;
    std::string inner;
    if (wire == 0)
      value = varint();
    else {
      const size_t length = wire == 2 ? varint() : wire == 1 ? 8 : 4;
      inner = bytes.substr(at, length);
      at += length;
    }
    field(static_cast<int>(key >> 3), value, inner);
  }
}

template <class T>
T from_bytes(const std::string& bytes, size_t at = 0) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::vector<Event> read_events(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  std::vector<Event> events;
  for (size_t at = 0; at < all.size();) {
    const auto length = from_bytes<uint64_t>(all, at);
    const auto mask = [](uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; };
    EXPECT_EQ(from_bytes<uint32_t>(all, at + 8), mask(crc32c(all.substr(at, 8))));
    const std::string bytes = all.substr(at + 12, length);
    EXPECT_EQ(from_bytes<uint32_t>(all, at + 12 + length), mask(crc32c(bytes)));
    at += length + 16;
    Event event;
    read_message(bytes, [&](int number, uint64_t value, const std::string& inner) {
      if (number == 1) event.wall_time = from_bytes<double>(inner);
      if (number == 2) event.step = static_cast<int64_t>(value);
      if (number == 3) event.version = inner;
      if (number == 7)
        read_message(inner, [&](int, uint64_t status, const std::string&) { event.session_status = static_cast<int>(status); });
      if (number != 5) return;
      read_message(inner, [&](int, uint64_t, const std::string& entry) {
        read_message(entry, [&](int field, uint64_t, const std::string& content) {
          if (field == 1) event.tag = content;
          if (field == 2) event.value = from_bytes<float>(content);
        });
      });
    });
    events.push_back(event);
  }
  return events;
}

class EventFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tagloom_events_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(EventFiles, RoundTrips) {
  EventFile file(folder_.string(), -1, [] { return 1700000000.25; });
  file.add_scalar("loss/train", 300, 0.5);
  file.add_scalar("metrics/f1_label", 70000, -2.25);
  file.flush();
  EXPECT_EQ(fs::path(file.path()).filename().string().find("events.out.tfevents.1700000000."), 0u);
  const std::vector<Event> events = read_events(file.path());
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].version, "brain.Event:2");
  EXPECT_EQ(events[1].tag, "loss/train");
  EXPECT_EQ(events[1].step, 300);
  EXPECT_EQ(events[1].value, 0.5f);
  EXPECT_EQ(events[1].wall_time, 1700000000.25);
  EXPECT_EQ(events[2].tag, "metrics/f1_label");
  EXPECT_EQ(events[2].step, 70000);
  EXPECT_EQ(events[2].value, -2.25f);
}

TEST_F(EventFiles, WritesTheExactBytesOfAScalar) {
  EventFile file(folder_.string(), -1, [] { return 1.0; });
  file.add_scalar("a", 2, 1.0);
  file.flush();
  std::ifstream in(file.path(), std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  // The payload of the second record: wall_time = 1.0, step = 2, summary {value {tag "a", simple_value 1.0}}.
  const std::string expected("\x09\0\0\0\0\0\0\xf0\x3f\x10\x02\x2a\x0a\x0a\x08\x0a\x01\x61\x15\0\0\x80\x3f", 23);
  EXPECT_EQ(text.str().substr(text.str().size() - 27, 23), expected);
}

TEST_F(EventFiles, ResumedRunDropsLaterPoints) {
  const auto clock = [] { return 1700000000.0; };
  EventFile first(folder_.string(), -1, clock), second(folder_.string(), 40, clock);
  EXPECT_NE(first.path(), second.path());
  const std::vector<Event> events = read_events(second.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].session_status, 1);
  EXPECT_EQ(events[1].step, 41);
}

TEST(EventFile, RejectsAMissingFolder) {
  try {
    EventFile file("/nowhere/at/all");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_THAT(error.what(), testing::EndsWith("cannot be created: No such file or directory"));
  }
}

}  // namespace
}  // namespace tagloom
