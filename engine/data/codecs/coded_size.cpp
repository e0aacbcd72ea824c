// Parses AV1 sequence and frame headers (AV1 specification, 5.5 and 5.9) and HEVC sequence parameter sets (ITU-T H.265, 7.3.2.2), as far
// as needed.
#include "engine/data/codecs/coded_size.h"

#include <algorithm>
#include <vector>

namespace tagloom {
namespace {

// Bits from the highest to the lowest; zeros after the end.
class Bits {
 public:
  explicit Bits(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint32_t read(int count) {
    uint32_t value = 0;
    for (; count > 0; --count, ++at_) value = value << 1 | (at_ / 8 < bytes_.size() ? bytes_[at_ / 8] >> (7 - at_ % 8) & 1u : 0u);
    return value;
  }
  bool flag() { return read(1) != 0; }
  void skip(size_t count) { at_ += count; }

  // An Exp-Golomb code: uvlc() of AV1, ue(v) of HEVC.
  uint32_t variable() {
    int zeros = 0;
    while (zeros < 32 && at_ / 8 < bytes_.size() && !flag()) ++zeros;
    return zeros >= 32 ? ~0u : (1u << zeros) - 1 + read(zeros);
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

struct Av1Sequence {
  CodedSize size;
  int width_bits = 16, height_bits = 16;  // of a frame's own size
  bool reduced = false;                   // one frame of exactly this size
  bool frame_ids = false, timed_frames = false;
  int frame_id_bits = 0, time_bits = 0;
  uint32_t screen_tools = 2, integer_vectors = 2;  // 2: chosen by each frame
};

Av1Sequence read_sequence(std::span<const uint8_t> obu) {
  Bits bits(obu);
  Av1Sequence sequence;
  bits.skip(3 + 1);  // profile, still picture
  sequence.reduced = bits.flag();
  if (sequence.reduced) {
    bits.skip(5);
  } else {
    bool decoder_model = false;
    int delay_bits = 0;
    if (bits.flag()) {  // timing
      bits.skip(32 + 32);
      const bool equal = bits.flag();
      if (equal) bits.variable();
      decoder_model = bits.flag();
      if (decoder_model) {
        delay_bits = static_cast<int>(bits.read(5)) + 1;
        bits.skip(32 + 5);
        sequence.time_bits = static_cast<int>(bits.read(5)) + 1;
        sequence.timed_frames = !equal;
      }
    }
    const bool initial_delay = bits.flag();
    for (uint32_t points = bits.read(5) + 1; points > 0; --points) {
      bits.skip(12);
      if (bits.read(5) > 7) bits.skip(1);
      if (decoder_model && bits.flag()) bits.skip(2 * static_cast<size_t>(delay_bits) + 1);
      if (initial_delay && bits.flag()) bits.skip(4);
    }
  }
  sequence.width_bits = static_cast<int>(bits.read(4)) + 1;
  sequence.height_bits = static_cast<int>(bits.read(4)) + 1;
  sequence.size.width = int64_t{bits.read(sequence.width_bits)} + 1;
  sequence.size.height = int64_t{bits.read(sequence.height_bits)} + 1;
  if (!sequence.reduced) sequence.frame_ids = bits.flag();
  if (sequence.frame_ids) {
    const int difference_bits = static_cast<int>(bits.read(4)) + 2;
    sequence.frame_id_bits = difference_bits + static_cast<int>(bits.read(3)) + 1;
  }
  bits.skip(3);  // large blocks, filters
  if (!sequence.reduced) {
    bits.skip(4);
    const bool order_hints = bits.flag();
    if (order_hints) bits.skip(2);
    if (!bits.flag()) sequence.screen_tools = bits.read(1);
    if (sequence.screen_tools > 0 && !bits.flag()) sequence.integer_vectors = bits.read(1);
    if (order_hints) bits.skip(3);
  }
  bits.skip(3);  // more filters
  sequence.size.deep = bits.flag();
  return sequence;
}

// Whether a frame may differ in size from its sequence.
bool overrides_size(const Av1Sequence& sequence, std::span<const uint8_t> obu) {
  if (sequence.reduced) return false;
  Bits bits(obu);
  if (bits.flag()) return false;  // shows an earlier frame
  constexpr uint32_t kKeyFrame = 0, kSwitchFrame = 3;
  const uint32_t type = bits.read(2);
  const bool shown = bits.flag();
  if (shown && sequence.timed_frames) bits.skip(static_cast<size_t>(sequence.time_bits));
  if (!shown) bits.skip(1);
  if (type == kSwitchFrame) return true;
  if (!(type == kKeyFrame && shown)) bits.skip(1);  // resilience to errors
  bits.skip(1);
  const uint32_t screen_tools = sequence.screen_tools == 2 ? bits.read(1) : sequence.screen_tools;
  if (screen_tools > 0 && sequence.integer_vectors == 2) bits.skip(1);
  bits.skip(static_cast<size_t>(sequence.frame_id_bits));
  return bits.flag();
}

uint32_t read_big32(std::span<const uint8_t> bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

constexpr uint32_t kMostCodedSide = 1 << 20;  // larger ones are rejected anyway

CodedSize read_parameter_set(std::span<const uint8_t> nal) {
  std::vector<uint8_t> plain;  // without the bytes that prevent start codes
  for (size_t i = 2, zeros = 0; i < nal.size() && plain.size() < 4096; ++i) {
    const bool inserted = zeros >= 2 && nal[i] == 3;
    zeros = nal[i] == 0 ? zeros + 1 : 0;
    if (!inserted) plain.push_back(nal[i]);
  }
  Bits bits(plain);
  bits.skip(4);
  const uint32_t layers = bits.read(3);
  bits.skip(1 + 88 + 8);  // the general profile and level
  uint32_t profiles = 0, levels = 0;
  for (uint32_t i = 0; i < layers; ++i) {
    profiles += bits.read(1);
    levels += bits.read(1);
  }
  if (layers > 0) bits.skip(2 * (8 - layers));
  bits.skip(profiles * size_t{88} + levels * size_t{8});
  bits.variable();
  if (bits.variable() == 3) bits.skip(1);
  CodedSize size;
  size.width = std::min(bits.variable(), kMostCodedSide);
  size.height = std::min(bits.variable(), kMostCodedSide);
  if (bits.flag()) {  // the window that is shown
    for (int i = 0; i < 4; ++i) bits.variable();
  }
  const uint32_t luma = bits.variable(), chroma = bits.variable();
  size.deep = luma > 0 || chroma > 0;
  return size;
}

CodedSize nal_size(std::span<const uint8_t> nal) {
  constexpr uint32_t kParameterSet = 33, kFirstNonPicture = 32;
  CodedSize size;
  if (nal.size() < 3) return size;
  const uint32_t type = nal[0] >> 1 & 63;
  if (type == kParameterSet) size = read_parameter_set(nal);
  if (type < kFirstNonPicture && (nal[2] & 0x80) != 0) size.frames = 1;  // a picture's first slice
  return size;
}

}  // namespace

void CodedSize::add(const CodedSize& other) {
  if (other.width * other.height > width * height) {
    width = other.width;
    height = other.height;
  }
  deep |= other.deep;
  frames += other.frames;
  unsized |= other.unsized;
}

CodedSize av1_size(std::span<const uint8_t> data) {
  constexpr int kSequence = 1, kFrameHeader = 3, kFrame = 6;
  CodedSize size;
  Av1Sequence sequence;
  while (!data.empty()) {
    const uint8_t header = data[0];
    const int type = header >> 3 & 15;
    const bool extended = (header & 4) != 0, has_size = (header & 2) != 0;
    data = data.subspan(std::min<size_t>(data.size(), extended ? 2 : 1));
    uint64_t length = 0;
    if (has_size) {
      size_t used = 0;
      for (bool more = true; more && used < 8 && used < data.size(); ++used) {
        length |= uint64_t{data[used] & 127u} << (7 * used);
        more = (data[used] & 128) != 0;
      }
      data = data.subspan(used);
    }
    const std::span<const uint8_t> obu =
        data.first(has_size ? static_cast<size_t>(std::min<uint64_t>(length, data.size())) : data.size());
    data = data.subspan(obu.size());
    if (type == kSequence) {
      sequence = read_sequence(obu);
      size.add(sequence.size);
    } else if (type == kFrameHeader || type == kFrame) {
      CodedSize frame = sequence.size;
      if (overrides_size(sequence, obu)) {
        frame.width = int64_t{1} << sequence.width_bits;
        frame.height = int64_t{1} << sequence.height_bits;
      }
      frame.frames = 1;
      frame.unsized = sequence.size.width == 0;
      size.add(frame);
    }
  }
  return size;
}

CodedSize hevc_size(std::span<const uint8_t> data) {
  CodedSize size;
  while (data.size() >= 4) {
    const size_t length = std::min<size_t>(read_big32(data), data.size() - 4);
    size.add(nal_size(data.subspan(4, length)));
    data = data.subspan(4 + length);
  }
  return size;
}

CodedSize av1_config_size(std::span<const uint8_t> data) { return av1_size(data.subspan(std::min<size_t>(data.size(), 4))); }

CodedSize hevc_config_size(std::span<const uint8_t> data) {
  CodedSize size;
  const auto read16 = [&](size_t at) { return size_t{data[at]} << 8 | data[at + 1]; };
  size_t at = 23;
  for (size_t arrays = data.size() > 22 ? data[22] : 0; arrays > 0 && at + 3 <= data.size(); --arrays) {
    size_t count = read16(at + 1);
    for (at += 3; count > 0 && at + 2 <= data.size(); --count) {
      const size_t length = std::min(read16(at), data.size() - at - 2);
      size.add(nal_size(data.subspan(at + 2, length)));
      at += 2 + length;
    }
  }
  return size;
}

}  // namespace tagloom
