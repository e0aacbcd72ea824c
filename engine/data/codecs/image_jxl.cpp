// Reads JPEG XL, or the first frame of an animation, with libjxl, which applies the orientation.
#include <jxl/decode.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "engine/data/codecs/quiet_thread.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Bytes per pixel that libjxl needs while decoding: three float channels, and the file's pixels in blocks. Version 0.7 takes 24 for modular
// frames with the squeeze transform.
constexpr int64_t kJxlBytesPerPixel = 16, kJxlBytesPerModularPixel = 24, kJxlBytesPerExtraChannel = 4;

// Fails allocations beyond a limit. Before version 0.11, libjxl uses it for only part of its memory.
struct LimitedMemory {
  static constexpr size_t kHeader = 64;
  int64_t left;

  static void* allocate(void* self, size_t size) {
    LimitedMemory& memory = *static_cast<LimitedMemory*>(self);
    if (size > static_cast<size_t>(memory.left)) return nullptr;
    auto* const block = static_cast<unsigned char*>(std::malloc(size + kHeader));
    if (block == nullptr) return nullptr;
    *reinterpret_cast<size_t*>(block) = size;
    memory.left -= static_cast<int64_t>(size);
    return block + kHeader;
  }
  static void release(void* self, void* address) {
    if (address == nullptr) return;
    unsigned char* const block = static_cast<unsigned char*>(address) - kHeader;
    static_cast<LimitedMemory*>(self)->left += static_cast<int64_t>(*reinterpret_cast<size_t*>(block));
    std::free(block);
  }
};

class JxlPicture {
 public:
  JxlPicture(std::span<const uint8_t> bytes, const std::string& name)
      : bytes_(bytes), name_(name), memory_{decoder_memory(bytes.size())}, decoder_(create(), &JxlDecoderDestroy) {}

  // Throws if a frame of the picture, up to the first that is shown, is too large. A frame is decoded whole, and may be far larger than
  // the picture. libjxl does not report frames that are only references for others.
  void check_frames() {
    start(JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FRAME, false);
    bool modular = true;
    for (;;) {
      const JxlDecoderStatus status = JxlDecoderProcessInput(decoder_.get());
      if (status == JXL_DEC_BASIC_INFO) {
        read_header();
      } else if (status == JXL_DEC_COLOR_ENCODING) {
        modular = !next_frame_is_var_dct();
      } else if (status == JXL_DEC_FRAME) {
        JxlFrameHeader frame{};
        JxlDecoderGetFrameHeader(decoder_.get(), &frame);
        check_picture_size(frame.layer_info.xsize, frame.layer_info.ysize, name_);
        modular |= !frame.is_last;  // the next one may be
        check_memory(frame.layer_info.xsize, frame.layer_info.ysize, modular ? kJxlBytesPerModularPixel : kJxlBytesPerPixel);
        if (frame.is_last || frame.duration > 0) return;
      } else {
        return;  // the end, or damage that decode() reports
      }
    }
  }

  Image decode() {
    start(JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE, true);
    for (;;) {
      switch (JxlDecoderProcessInput(decoder_.get())) {
        case JXL_DEC_BASIC_INFO:
          read_header();
          break;
        case JXL_DEC_COLOR_ENCODING:
          ask_for_srgb();
          break;
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
          set_output();
          break;
        case JXL_DEC_FULL_IMAGE:
          return rgb();
        case JXL_DEC_NEED_MORE_INPUT:
          fail(ErrorKind::kData, "{}: is truncated after {} bytes", name_, bytes_.size());
        default:
          fail(ErrorKind::kData, "{}: is a damaged or unreadable JPEG XL picture", name_);
      }
    }
  }

 private:
  JxlDecoder* create() {
    const JxlMemoryManager manager{&memory_, LimitedMemory::allocate, LimitedMemory::release};
    JxlDecoder* const decoder = JxlDecoderCreate(&manager);
    if (decoder == nullptr) throw DecoderOutOfMemory(name_);
    return decoder;
  }

  // Begins at the start of the file. Without coalescing, frames are reported as they are stored, and the rest of the input may be set again.
  void start(int events, bool coalescing) {
    JxlDecoderReset(decoder_.get());
    JxlDecoderSubscribeEvents(decoder_.get(), events);
    JxlDecoderSetCoalescing(decoder_.get(), coalescing ? JXL_TRUE : JXL_FALSE);
    JxlDecoderSetInput(decoder_.get(), bytes_.data(), bytes_.size());
    if (coalescing) JxlDecoderCloseInput(decoder_.get());
  }

  // After the file's headers: whether the header of the first frame has only defaults, or those of a regular frame in VarDCT.
  bool next_frame_is_var_dct() {
    const size_t left = JxlDecoderReleaseInput(decoder_.get());
    const std::span<const uint8_t> rest = bytes_.last(std::min(left, bytes_.size()));
    JxlDecoderSetInput(decoder_.get(), rest.data(), rest.size());
    return !rest.empty() && info_.have_preview == 0 && ((rest[0] & 1) != 0 || (rest[0] >> 1 & 7) == 0);
  }

  void check_memory(int64_t width, int64_t height, int64_t each) const {
    const int64_t needed = width * height * (each + kJxlBytesPerExtraChannel * int64_t{info_.num_extra_channels});
    check_decoder_memory(width, height, needed, bytes_.size(), name_);
  }

  void read_header() {
    JxlDecoderGetBasicInfo(decoder_.get(), &info_);
    check_picture_size(info_.xsize, info_.ysize, name_);
    check_memory(info_.xsize, info_.ysize, kJxlBytesPerPixel);
    alpha_ = info_.alpha_bits > 0;
    deep_ = info_.bits_per_sample > 8;
  }

  // Without this, a picture with an ICC profile is decoded to linear colours.
  void ask_for_srgb() {
    if (info_.uses_original_profile) return;
    JxlColorEncoding srgb{};
    srgb.color_space = info_.num_color_channels == 1 ? JXL_COLOR_SPACE_GRAY : JXL_COLOR_SPACE_RGB;
    srgb.white_point = JXL_WHITE_POINT_D65;
    srgb.primaries = JXL_PRIMARIES_SRGB;
    srgb.transfer_function = JXL_TRANSFER_FUNCTION_SRGB;
    srgb.rendering_intent = JXL_RENDERING_INTENT_RELATIVE;
    JxlDecoderSetPreferredColorProfile(decoder_.get(), &srgb);
  }

  void set_output() {
    const JxlPixelFormat pixels{alpha_ ? 4u : 3u, deep_ ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
    size_t size = 0;
    const bool has_size = JxlDecoderImageOutBufferSize(decoder_.get(), &pixels, &size) == JXL_DEC_SUCCESS;
    const size_t expected = static_cast<size_t>(info_.xsize) * info_.ysize * pixels.num_channels * (deep_ ? 2 : 1);
    TL_CHECK_AS(ErrorKind::kData, has_size && size == expected, "{}: is a damaged or unreadable JPEG XL picture", name_);
    decoded_.resize(size);
    JxlDecoderSetImageOutBuffer(decoder_.get(), &pixels, decoded_.data(), decoded_.size());
  }

  Image rgb() {
    Image image{static_cast<int>(info_.xsize), static_cast<int>(info_.ysize), {}};
    if (!alpha_ && !deep_) {
      image.rgb = std::move(decoded_);
      return image;
    }
    const size_t pixels = static_cast<size_t>(info_.xsize) * info_.ysize;
    image.rgb.resize(pixels * 3);
    const Alpha kind = info_.alpha_premultiplied ? Alpha::kAssociated : Alpha::kStraight;
    const auto* deep = reinterpret_cast<const uint16_t*>(decoded_.data());
    if (!alpha_) std::transform(deep, deep + 3 * pixels, image.rgb.begin(), [](uint16_t v) { return to_8_bits(v, 65535); });
    if (alpha_ && deep_) rgb_from_rgba(deep, pixels, 65535, kind, image.rgb.data());
    if (alpha_ && !deep_) rgb_from_rgba(decoded_.data(), pixels, 255, kind, image.rgb.data());
    return image;
  }

  std::span<const uint8_t> bytes_;
  const std::string& name_;
  LimitedMemory memory_;
  std::unique_ptr<JxlDecoder, decltype(&JxlDecoderDestroy)> decoder_;
  JxlBasicInfo info_{};
  bool alpha_ = false, deep_ = false;
  std::vector<uint8_t> decoded_;
};

}  // namespace

// Debian's libjxl prints errors to standard error.
Image decode_jxl(std::span<const uint8_t> bytes, const std::string& name) {
  Image image;
  run_quietly([&] {
    JxlPicture picture(bytes, name);
    picture.check_frames();
    image = picture.decode();
  });
  return image;
}

std::string jxl_library() {
  const uint32_t version = JxlDecoderVersion();  // 7000 for 0.7.0
  return format("libjxl {}.{}.{}", version / 1000000, version / 1000 % 1000, version % 1000);
}

}  // namespace tagloom
