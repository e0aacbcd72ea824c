// Malformed files that attack the safetensors reader: each must be rejected with a message that explains why.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "engine/io/safetensors.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

std::string with_length(uint64_t length, const std::string& rest) {
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  return file + rest;
}

std::string file_of(const std::string& header, size_t data_bytes) {
  return with_length(header.size(), header + std::string(data_bytes, '\x01'));
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape, const std::string& offsets) {
  return format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":{})", name, type, shape, offsets) + "}";
}

std::string object(const std::string& inside) { return format("{{{}}}", inside); }

// A header with one tensor "w".
std::string tensor(const std::string& type, const std::string& shape, const std::string& offsets) {
  return object(entry("w", type, shape, offsets));
}

// A header with tensors "a" and "b" of four bytes each.
std::string two(const std::string& a_offsets, const std::string& b_offsets) {
  return object(entry("a", "U8", "[4]", a_offsets) + "," + entry("b", "U8", "[4]", b_offsets));
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

struct Attack {
  const char* name;
  std::string file;
  std::string reason;
};

std::vector<Attack> attacks_on_the_length() {
  const std::string good = tensor("F32", "[2,2]", "[0,16]");
  return {
      {"empty file", "", "it has only 0 bytes"},
      {"only a length", with_length(2, ""), "it has only 8 bytes"},
      {"half a length", "\x02", "it has only 1 bytes"},
      {"length of zero", with_length(0, "{}"), "does not begin with '{'"},
      {"length past the end", with_length(good.size() + 17, good + std::string(16, 'x')), "but the file ends after"},
      {"length of 2^64-1", with_length(~uint64_t{0}, good), "its header length is 18446744073709551615 bytes"},
      {"length of 2^63", with_length(uint64_t{1} << 63, good), "its header length is"},
      {"length that wraps to the file's size", with_length(~uint64_t{7}, good), "its header length is"},
      {"length of 100 MB and one", with_length(100'000'001, good), "at most 100000000 are allowed"},
      {"text file", "this is certainly not a file of tensors", "its header length is"},
  };
}

std::vector<Attack> attacks_on_the_json() {
  const std::string good = tensor("F32", "[2,2]", "[0,16]");
  const std::string w = entry("w", "U8", "[1]", "[0,1]");
  return {
      {"header of an array", file_of("[1,2]", 0), "does not begin with '{'"},
      {"space before the header", file_of(" " + good, 16), "does not begin with '{'"},
      {"byte order mark", file_of("\xEF\xBB\xBF" + good, 16), "does not begin with '{'"},
      {"header cut short", file_of(good.substr(0, good.size() - 1), 16), "not valid JSON"},
      {"text after the header", file_of(good + "x", 16), "not valid JSON"},
      {"second object", file_of(good + "{}", 16), "not valid JSON"},
      {"hidden behind a zero byte", file_of(good + std::string("\0{}", 3), 16), "zero byte"},
      {"not UTF-8", file_of(object(entry("\xff\xfe", "U8", "[1]", "[0,1]")), 1), "not valid JSON"},
      {"overlong UTF-8", file_of(object(entry("\xc0\x80", "U8", "[1]", "[0,1]")), 1), "not valid JSON"},
      {"deep arrays", file_of("{\"a\":" + repeated("[", 1'000'000), 0), "its entry \"a\" is a list"},
      {"deep objects", file_of(repeated("{\"a\":", 1'000'000), 0), "has an unknown field \"a\""},
      {"deep shape", file_of(R"({"w":{"shape":)" + repeated("[", 1'000'000), 0), "shape of tensor \"w\" holds a list"},
      {"repeated tensor", file_of(object(w + "," + w), 1), "two entries called \"w\""},
      {"repeated tensor, escaped", file_of(object(w + "," + entry("\\u0077", "U8", "[1]", "[1,2]")), 2),
       "two entries called \"w\""},
      {"repeated metadata", file_of(R"({"__metadata__":{},"__metadata__":{}})", 0), "two entries called \"__metadata__\""},
      {"repeated metadata key", file_of(R"({"__metadata__":{"a":"1","a":"2"}})", 0), "metadata has \"a\" twice"},
      {"repeated field", file_of(R"({"w":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
       "has \"dtype\" twice"},
      {"unknown field", file_of(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":[1]}})", 1),
       "an unknown field \"stride\""},
      {"no dtype", file_of(R"({"w":{"shape":[1],"data_offsets":[0,1]}})", 1), "has no dtype"},
      {"no shape", file_of(R"({"w":{"dtype":"U8","data_offsets":[0,1]}})", 1), "has no shape"},
      {"no offsets", file_of(R"({"w":{"dtype":"U8","shape":[1]}})", 1), "has no data_offsets"},
      {"empty tensor entry", file_of(R"({"w":{}})", 0), "has no dtype"},
      {"entry is null", file_of(R"({"w":null})", 0), "\"w\" is null"},
      {"entry is a text", file_of(R"({"w":"F32"})", 0), "\"w\" is a text"},
      {"metadata is not an object", file_of(R"({"__metadata__":[]})", 0), "\"__metadata__\" is a list"},
      {"metadata holds a number", file_of(R"({"__metadata__":{"a":1}})", 0), "metadata \"a\" is a number"},
      {"metadata holds an object", file_of(R"({"__metadata__":{"a":{}}})", 0), "metadata \"a\" is an object"},
      {"wrong checksum", file_of(R"({"__metadata__":{"tagloom.checksum":"0123456789abcdef"}})", 0), "its content has checksum"},
      {"terminal escapes in a name", file_of("{\"\\u001b[2J\":null}", 0), "entry \"\\x1b[2J\" is null"},
      {"endless name", file_of("{\"" + std::string(1'000'000, 'n') + "\":null}", 0), "n…\" is null"},
  };
}

std::vector<Attack> attacks_on_types_and_shapes() {
  const std::string two32 = "4294967296";
  return {
      {"unknown dtype", file_of(tensor("F8_E4M3", "[4]", "[0,4]"), 4), "of type \"F8_E4M3\""},
      {"dtype in lower case", file_of(tensor("f32", "[1]", "[0,4]"), 4), "of type \"f32\""},
      {"dtype is a number", file_of(R"({"w":{"dtype":1,"shape":[1],"data_offsets":[0,1]}})", 1),
       "dtype of tensor \"w\" holds a number"},
      {"shape is a text", file_of(tensor("U8", "\"1\"", "[0,1]"), 1), "shape of tensor \"w\" holds a text"},
      {"negative shape", file_of(tensor("F32", "[-2,-2]", "[0,16]"), 16), "holds -2, not a size"},
      {"fractional shape", file_of(tensor("F32", "[2.0,2]", "[0,16]"), 16), "holds 2.0, not a size"},
      {"huge shape", file_of(tensor("F32", "[18446744073709551616]", "[0,16]"), 16), "not a size"},
      {"shape of 2^63", file_of(tensor("F32", "[9223372036854775808]", "[0,16]"), 16), "not a size"},
      {"shape of null", file_of(tensor("F32", "[null]", "[0,16]"), 16), "holds null"},
      {"product wraps to zero", file_of(tensor("F32", "[" + two32 + "," + two32 + "]", "[0,0]"), 0), "larger than any file"},
      {"bytes wrap to zero", file_of(tensor("F32", "[4611686018427387904]", "[0,0]"), 0), "larger than any file"},
      {"product wraps to the right size", file_of(tensor("U8", "[" + two32 + "," + two32 + ",16]", "[0,16]"), 16),
       "larger than any file"},
      {"overflow hidden by a zero", file_of(tensor("U8", "[" + two32 + "," + two32 + ",0]", "[0,0]"), 0), "larger than any file"},
      {"shape larger than its data", file_of(tensor("F32", "[4,2]", "[0,16]"), 16),
       "is 4x2 F32 (32 bytes) but its offsets span 16 bytes"},
      {"shape smaller than its data", file_of(tensor("F32", "[]", "[0,16]"), 16),
       "is scalar F32 (4 bytes) but its offsets span 16 bytes"},
  };
}

std::vector<Attack> attacks_on_the_offsets() {
  return {
      {"past the end", file_of(tensor("F32", "[2,2]", "[0,16]"), 15), "but the file has 15 bytes of data"},
      {"far past the end", file_of(tensor("U8", "[9223372036854775807]", "[0,9223372036854775807]"), 1),
       "but the file has 1 bytes"},
      {"backwards", file_of(tensor("F32", "[2,2]", "[16,0]"), 16), "before it begins"},
      {"only one", file_of(tensor("F32", "[2,2]", "[0]"), 16), "must be two numbers, not 1"},
      {"three", file_of(tensor("F32", "[2,2]", "[0,16,16]"), 16), "must be two numbers, not 3"},
      {"negative", file_of(tensor("F32", "[2,2]", "[-16,0]"), 16), "holds -16, not a size"},
      {"hole at the begin", file_of(two("[1,5]", "[5,9]"), 9), "1 bytes before tensor \"a\" belong to nothing"},
      {"hole between", file_of(two("[0,4]", "[6,10]"), 10), "2 bytes before tensor \"b\" belong to nothing"},
      {"bytes left over", file_of(two("[0,4]", "[4,8]"), 9), "1 bytes after the last tensor"},
      {"data without tensors", file_of("{}", 3), "3 bytes after the last tensor"},
      {"overlap", file_of(two("[0,4]", "[2,6]"), 6), "tensor \"b\" overlaps"},
      {"the same bytes twice", file_of(two("[0,4]", "[0,4]"), 4), "tensor \"b\" overlaps"},
  };
}

void expect_rejected(const std::vector<Attack>& attacks) {
  for (const Attack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    // An exact-size copy on the heap, so that AddressSanitizer detects a read past the end.
    const std::vector<char> copy(attack.file.begin(), attack.file.end());
    try {
      Safetensors::parse(std::as_bytes(std::span(copy)), "weights/x.safetensors");
      ADD_FAILURE() << "was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_THAT(error.what(), testing::StartsWith("weights/x.safetensors: "));
      const std::string message(error.what(), std::min<size_t>(std::strlen(error.what()), 400));
      EXPECT_THAT(message, testing::HasSubstr(attack.reason));
      EXPECT_LT(message.size(), 400u) << "a message is one sentence";
    }
  }
}

TEST(SafetensorsAttacks, RejectsBadLengths) { expect_rejected(attacks_on_the_length()); }
TEST(SafetensorsAttacks, RejectsBadJson) { expect_rejected(attacks_on_the_json()); }
TEST(SafetensorsAttacks, RejectsBadTypesAndShapes) { expect_rejected(attacks_on_types_and_shapes()); }
TEST(SafetensorsAttacks, RejectsBadOffsets) { expect_rejected(attacks_on_the_offsets()); }

TEST(SafetensorsAttacks, AcceptsSimilarValidFiles) {
  for (const std::string& file :
       {file_of(tensor("F32", "[2,2]", "[0,16]"), 16), file_of(two("[0,4]", "[4,8]"), 8), file_of(two("[4,8]", "[0,4]"), 8),
        file_of(tensor("F32", "[2,0,5]", "[0,0]"), 0), file_of(tensor("F32", "[]", "[0,4]") + "  \n", 4), file_of("{}", 0)}) {
    EXPECT_NO_THROW(Safetensors::parse(std::as_bytes(std::span(file)), "x")) << file.substr(8);
  }
}

TEST(SafetensorsAttacks, RejectsPathsThatAreNotRegularFiles) {
  test::TemporaryFolder folder;
  EXPECT_ERROR(kData, "this is a folder", Safetensors::open(folder.path()));
  EXPECT_ERROR(kData, "cannot be opened: No such file", Safetensors::open(folder / "absent"));
  EXPECT_ERROR(kData, "is not a regular file", Safetensors::open("/dev/zero"));
  test::write_whole_file(folder / "empty", "");
  EXPECT_ERROR(kData, "empty: not a safetensors file", Safetensors::open(folder / "empty"));
}

// Reads everything in an accepted file.
size_t use(const Safetensors& file) {
  size_t sum = 0;
  for (const SafetensorsEntry& entry : file.entries()) {
    for (const std::byte b : entry.bytes) sum += std::to_integer<size_t>(b);
    if (entry.type == SafetensorsType::kF16 || entry.type == SafetensorsType::kF32) sum += file.to_floats(entry).size();
  }
  return sum;
}

std::string mutated(std::string file, std::mt19937& random) {
  static const std::vector<std::string> pieces = {"{",   "}",       "[",   "]", ",", ":", "\"", "-1", "0", "18446744073709551615",
                                                  "1e9", "\\u0000", "null"};
  const auto below = [&](size_t n) { return static_cast<size_t>(random()) % n; };
  for (size_t changes = 1 + below(3); changes > 0; --changes) {
    const size_t at = below(file.size());
    switch (below(5)) {
      case 0:
        file[at] = static_cast<char>(file[at] ^ (1 << below(8)));
        break;
      case 1:
        file[at] = static_cast<char>(random());
        break;
      case 2:
        file.resize(std::max<size_t>(at, 1));
        break;
      case 3:
        file.erase(at, std::min(1 + below(8), file.size() - 1));
        break;
      default:
        file.insert(at, pieces[below(pieces.size())]);
    }
    if (file.empty()) file = "x";
  }
  if (below(2) == 0 && file.size() > 48) {  // fix the length, so that the parser reaches the header
    const uint64_t length = file.size() - 48;
    std::memcpy(file.data(), &length, sizeof length);
  }
  return file;
}

TEST(SafetensorsAttacks, MutatedFilesNeverCrash) {
  const std::string header = object(R"("__metadata__":{"k":"v"},)" + entry("a.weight", "F32", "[2,3]", "[0,24]") + "," +
                                    entry("b", "F16", "[4]", "[24,32]") + "," + entry("c", "I64", "[]", "[32,40]"));
  const std::string good = file_of(header, 40);
  std::mt19937 random(20260712);
  int accepted = 0, refused = 0;
  size_t sum = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    const std::string bad = mutated(good, random);
    const std::vector<char> copy(bad.begin(), bad.end());
    try {
      sum += use(Safetensors::parse(std::as_bytes(std::span(copy)), "x"));
      ++accepted;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(accepted, 100);  // without a checksum, changed data is still valid
  EXPECT_GT(refused, 10000);
  EXPECT_GT(sum, 0u);
}

}  // namespace
}  // namespace tagloom
