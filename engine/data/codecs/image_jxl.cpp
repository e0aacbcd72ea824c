// Reads JPEG XL, or the first frame of an animation, with libjxl, which applies the orientation.
#include <jxl/decode.h>

#include <cstdlib>
#include <memory>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "engine/data/codecs/quiet_thread.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Bytes per pixel that libjxl needs while decoding: three float channels, and the file's pixels in blocks.
constexpr int64_t kJxlBytesPerPixel = 16, kJxlBytesPerExtraChannel = 4;

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
      : bytes_(bytes), name_(name), memory_{decoder_memory(bytes.size())}, decoder_(create(), &JxlDecoderDestroy) {
    JxlDecoderSubscribeEvents(decoder_.get(), JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE);
    JxlDecoderSetInput(decoder_.get(), bytes.data(), bytes.size());
    JxlDecoderCloseInput(decoder_.get());
  }

  Image decode() {
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

  void read_header() {
    JxlDecoderGetBasicInfo(decoder_.get(), &info_);
    check_picture_size(info_.xsize, info_.ysize, name_);
    const int64_t pixels = int64_t{info_.xsize} * info_.ysize;
    const int64_t each = kJxlBytesPerPixel + kJxlBytesPerExtraChannel * int64_t{info_.num_extra_channels};
    check_decoder_memory(info_.xsize, info_.ysize, pixels * each, bytes_.size(), name_);
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
  run_quietly([&] { image = JxlPicture(bytes, name).decode(); });
  return image;
}

std::string jxl_library() {
  const uint32_t version = JxlDecoderVersion();  // 7000 for 0.7.0
  return format("libjxl {}.{}.{}", version / 1000000, version / 1000 % 1000, version % 1000);
}

}  // namespace tagloom
