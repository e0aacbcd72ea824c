#pragma once
// Reads the size of pictures coded with HEVC or AV1 from the headers in their data, which a decoder allocates memory for.
#include <cstdint>
#include <span>

namespace tagloom {

// The largest of the pictures in some coded data.
struct CodedSize {
  int64_t width = 0, height = 0;
  bool deep = false;     // more than 8 bits per sample
  int64_t frames = 0;    // how many pictures the data have
  bool unsized = false;  // a picture comes before any header with its size

  void add(const CodedSize& other);
};

// `data` are the contents of an av1C or hvcC box.
CodedSize av1_config_size(std::span<const uint8_t> data);
CodedSize hevc_config_size(std::span<const uint8_t> data);

// `data` are a sequence of OBUs (AV1 specification, 5.3), or of NAL units, each after its length in 4 bytes (ISO/IEC 14496-15).
CodedSize av1_size(std::span<const uint8_t> data);
CodedSize hevc_size(std::span<const uint8_t> data);

}  // namespace tagloom
