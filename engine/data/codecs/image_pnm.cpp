// Reads PGM and PPM (P5 and P6): a header of decimal numbers, then samples of one byte, or of two with the high one first.
#include <algorithm>
#include <string_view>

#include "engine/data/codecs/image_codecs.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

class Header {
 public:
  Header(std::span<const uint8_t> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  int64_t number() {
    skip_spaces();
    int64_t value = 0;
    const size_t begin = at_;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9' && value <= kMostPictureSide; ++at_)
      value = 10 * value + bytes_[at_] - '0';
    TL_CHECK_AS(ErrorKind::kData, at_ > begin && at_ < bytes_.size(),
                "{}: is a damaged PPM: byte {} of its header is not a number", name_, begin + 1);
    return value;
  }

  // The samples begin after one space or line break.
  std::span<const uint8_t> samples() const { return bytes_.subspan(std::min(at_ + 1, bytes_.size())); }

 private:
  void skip_spaces() {
    constexpr std::string_view kSpaces = " \t\r\n\v\f";
    for (bool comment = false; at_ < bytes_.size(); ++at_) {
      const char c = static_cast<char>(bytes_[at_]);
      comment = c == '#' || (comment && c != '\n');
      if (!comment && kSpaces.find(c) == kSpaces.npos) return;
    }
  }

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  size_t at_ = 2;  // after "P6"
};

}  // namespace

Image decode_pnm(std::span<const uint8_t> bytes, const std::string& name) {
  Header header(bytes, name);
  const int64_t width = header.number(), height = header.number(), most = header.number();
  check_picture_size(width, height, name);
  TL_CHECK_AS(ErrorKind::kData, most >= 1 && most <= 65535, "{}: is a damaged PPM: its largest sample is {}, expected 1 to 65535",
              name, most);
  const size_t channels = bytes[1] == '6' ? 3 : 1, sample_bytes = most > 255 ? 2 : 1;
  const size_t pixels = static_cast<size_t>(width * height);
  const std::span<const uint8_t> samples = header.samples();
  TL_CHECK_AS(ErrorKind::kData, samples.size() >= pixels * channels * sample_bytes, "{}: is truncated after {} bytes", name,
              bytes.size());

  const auto sample = [&](size_t i) {
    if (most == 255 && sample_bytes == 1) return samples[i];
    const int64_t value = sample_bytes == 1 ? samples[i] : samples[2 * i] << 8 | samples[2 * i + 1];
    return static_cast<uint8_t>((2 * 255 * std::min(value, most) + most) / (2 * most));  // rounded
  };
  Image image{static_cast<int>(width), static_cast<int>(height), {}};
  image.rgb.resize(pixels * 3);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = sample(channels == 3 ? i : i / 3);
  return image;
}

}  // namespace tagloom
