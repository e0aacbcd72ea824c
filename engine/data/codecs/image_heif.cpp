// Reads the primary picture of HEIC and AVIF files with libheif, which applies the file's rotation, mirroring and cropping. The EXIF
// orientation repeats the same rotation and is ignored.
#include <libheif/heif.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "engine/data/codecs/heif_structure.h"
#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "engine/data/codecs/quiet_thread.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

template <class Type, auto release>
struct HeifRelease {
  void operator()(Type* value) const { release(value); }
};
template <class Type, auto release>
using HeifOwned = std::unique_ptr<Type, HeifRelease<Type, release>>;

// Bytes per 8-bit pixel for libheif's planes, its RGB conversion and our copy. Deeper samples take twice as much.
constexpr int64_t kHeifBytesPerPixel = 12;
// The same for an earlier frame that a decoder keeps: three planes.
constexpr int64_t kHeifBytesPerKeptPixel = 3;

void check_heif(const heif_error& error, const std::string& name) {
  if (error.code == heif_error_Ok) return;
  if (error.code == heif_error_Memory_allocation_error && error.subcode != heif_suberror_Security_limit_exceeded)
    throw DecoderOutOfMemory(name);
  TL_CHECK_AS(ErrorKind::kData, error.subcode != heif_suberror_End_of_data, "{}: is truncated or damaged: {}", name,
              printable(error.message));
  fail(ErrorKind::kData, "{}: is a damaged or unreadable HEIC or AVIF picture: {}", name, printable(error.message));
}

Image rgb_of(const heif_image* decoded, bool alpha, bool deep, Alpha kind) {
  const int width = heif_image_get_width(decoded, heif_channel_interleaved),
            height = heif_image_get_height(decoded, heif_channel_interleaved);
  const uint64_t most = (uint64_t{1} << heif_image_get_bits_per_pixel_range(decoded, heif_channel_interleaved)) - 1;
  int pitch = 0;
  const uint8_t* row = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &pitch);
  Image image{width, height, {}};
  image.rgb.resize(static_cast<size_t>(width) * height * 3);
  uint8_t* rgb = image.rgb.data();
  const size_t columns = static_cast<size_t>(width);
  for (int y = 0; y < height; ++y, row += pitch, rgb += 3 * columns) {
    const auto* deep_row = reinterpret_cast<const uint16_t*>(row);
    if (alpha && deep) rgb_from_rgba(deep_row, columns, most, kind, rgb);
    if (alpha && !deep) rgb_from_rgba(row, columns, 255, kind, rgb);
    if (!alpha && deep) std::transform(deep_row, deep_row + 3 * columns, rgb, [most](uint16_t v) { return to_8_bits(v, most); });
    if (!alpha && !deep) std::copy_n(row, 3 * columns, rgb);
  }
  return image;
}

Image read_primary(std::span<const uint8_t> bytes, const std::string& name) {
  const HeifDemand demand = check_heif_structure(bytes, name);
  const HeifOwned<heif_context, heif_context_free> context(heif_context_alloc());
  heif_context_set_max_decoding_threads(context.get(), 0);  // decodes in this thread
  heif_context_set_maximum_image_size_limit(context.get(), 1 << 14);
  static_assert(int64_t{1 << 14} * (1 << 14) == kMostPixels);
  check_heif(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr), name);
  heif_image_handle* primary = nullptr;
  check_heif(heif_context_get_primary_image_handle(context.get(), &primary), name);
  const HeifOwned<heif_image_handle, heif_image_handle_release> handle(primary);

  const int64_t width = heif_image_handle_get_width(primary), height = heif_image_handle_get_height(primary);
  check_picture_size(width, height, name);
  const bool alpha = heif_image_handle_has_alpha_channel(primary) != 0,
             deep = heif_image_handle_get_luma_bits_per_pixel(primary) > 8;
  const auto check_memory = [&](int64_t columns, int64_t rows) {
    const int64_t each = kHeifBytesPerPixel + (alpha ? 3 : 0) + kHeifBytesPerKeptPixel * (demand.frames - 1);
    check_decoder_memory(columns, rows, columns * rows * each * (deep || demand.deep ? 2 : 1), bytes.size(), name);
  };
  check_memory(width, height);
  check_memory(heif_image_handle_get_ispe_width(primary), heif_image_handle_get_ispe_height(primary));
  check_memory(demand.width, demand.height);

  const HeifOwned<heif_decoding_options, heif_decoding_options_free> options(heif_decoding_options_alloc());
  options->strict_decoding = 1;
  heif_image* decoded = nullptr;
  const heif_chroma chroma = deep ? (alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
                                  : (alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB);
  const heif_error error = heif_decode_image(primary, &decoded, heif_colorspace_RGB, chroma, options.get());
  const HeifOwned<const heif_image, heif_image_release> released(decoded);
  check_heif(error, name);
  const Alpha kind = heif_image_handle_is_premultiplied_alpha(primary) ? Alpha::kAssociated : Alpha::kStraight;
  Image image = rgb_of(decoded, alpha, deep, kind);
  check_picture_size(image.width, image.height, name);
  TL_CHECK_AS(ErrorKind::kData, std::abs(image.width - width) <= 1 && std::abs(image.height - height) <= 1,  // cropping rounds
              "{}: is damaged: its header gives {} x {} pixels, its data {} x {}", name, width, height, image.width,
              image.height);
  return image;
}

}  // namespace

// libheif's AV1 decoder prints errors to standard error.
Image decode_heif(std::span<const uint8_t> bytes, const std::string& name) {
  Image image;
  run_quietly([&] { image = read_primary(bytes, name); });
  return image;
}

bool heif_decodes_heic() { return heif_have_decoder_for_format(heif_compression_HEVC) != 0; }
bool heif_decodes_avif() { return heif_have_decoder_for_format(heif_compression_AV1) != 0; }

std::string heif_library() { return std::string("libheif ") + heif_get_version(); }

}  // namespace tagloom
