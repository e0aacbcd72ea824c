// Writes a DNG byte by byte.
#include <cstring>

#include "tests/engine/data/encoded_pictures.h"

namespace tagloom::test {
namespace {

using Bytes = std::vector<uint8_t>;

void append_little(Bytes& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> 8 * i));
}

// A directory of a little-endian TIFF, with entries of type SHORT (3), LONG (4), BYTE (1) or ASCII (2) in the order of their tags.
class Directory {
 public:
  void add(int tag, int type, const std::vector<uint32_t>& values) { entries_.push_back({tag, type, values}); }
  size_t size() const { return 2 + 12 * entries_.size() + 4; }

  // Values of more than 4 bytes are appended to `more`, which begins at `more_at`.
  Bytes bytes(size_t more_at, Bytes& more) const {
    Bytes out;
    append_little(out, entries_.size(), 2);
    for (const Entry& entry : entries_) {
      const int width = entry.type == 3 ? 2 : entry.type == 4 ? 4 : 1;
      append_little(out, static_cast<uint64_t>(entry.tag), 2);
      append_little(out, static_cast<uint64_t>(entry.type), 2);
      append_little(out, entry.values.size(), 4);
      Bytes data;
      for (const uint32_t value : entry.values) append_little(data, value, width);
      if (data.size() > 4) {
        append_little(out, more_at + more.size(), 4);
        more.insert(more.end(), data.begin(), data.end());
        if (data.size() % 2 == 1) more.push_back(0);
      } else {
        data.resize(4);
        out.insert(out.end(), data.begin(), data.end());
      }
    }
    append_little(out, 0, 4);
    return out;
  }

 private:
  struct Entry {
    int tag, type;
    std::vector<uint32_t> values;
  };
  std::vector<Entry> entries_;
};

std::vector<uint32_t> ascii(const char* text) { return {text, text + std::strlen(text) + 1}; }

}  // namespace

Bytes make_dng(const Bytes& jpeg, int preview_width, int preview_height, int orientation) {
  constexpr uint32_t kSide = 32, kSensorAt = 8, kSensorBytes = kSide * kSide * 2;
  const uint32_t jpeg_at = kSensorAt + kSensorBytes, jpeg_bytes = static_cast<uint32_t>(jpeg.size());
  const uint32_t sub_at = (jpeg_at + jpeg_bytes + 1) & ~1u;
  Directory sub, main;
  sub.add(254, 4, {1});  // a reduced picture
  sub.add(256, 4, {static_cast<uint32_t>(preview_width)});
  sub.add(257, 4, {static_cast<uint32_t>(preview_height)});
  sub.add(258, 3, {8, 8, 8});
  sub.add(259, 3, {7});  // JPEG
  sub.add(262, 3, {6});  // YCbCr
  sub.add(273, 4, {jpeg_at});
  sub.add(277, 3, {3});
  sub.add(278, 4, {static_cast<uint32_t>(preview_height)});
  sub.add(279, 4, {jpeg_bytes});
  main.add(254, 4, {0});
  main.add(256, 4, {kSide});
  main.add(257, 4, {kSide});
  main.add(258, 3, {16});
  main.add(259, 3, {1});
  main.add(262, 3, {32803});  // a colour filter array
  main.add(271, 2, ascii("Tagloom"));
  main.add(272, 2, ascii("Test camera"));
  main.add(273, 4, {kSensorAt});
  main.add(274, 3, {static_cast<uint32_t>(orientation)});
  main.add(277, 3, {1});
  main.add(278, 4, {kSide});
  main.add(279, 4, {kSensorBytes});
  if (!jpeg.empty()) main.add(330, 4, {sub_at});
  main.add(33421, 3, {2, 2});
  main.add(33422, 1, {0, 1, 1, 2});
  main.add(50706, 1, {1, 4, 0, 0});  // DNGVersion
  main.add(50708, 2, ascii("Tagloom Test camera"));
  Bytes out, more;
  const size_t main_at = sub_at + sub.size(), more_at = main_at + main.size();
  out = {'I', 'I', '*', 0};
  append_little(out, main_at, 4);
  for (uint32_t i = 0; i < kSensorBytes / 2; ++i) append_little(out, 100 * (i % 600), 2);
  out.insert(out.end(), jpeg.begin(), jpeg.end());
  out.resize(sub_at);
  for (const Bytes& directory : {sub.bytes(more_at, more), main.bytes(more_at, more)})
    out.insert(out.end(), directory.begin(), directory.end());
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace tagloom::test
