// Reads and writes JPEG with libjpeg-turbo. libjpeg reports errors through a callback that must not return: ours jumps back to
// the setjmp in its caller, so no object with a destructor may live between the two. Decoder and Encoder hold those objects.
// clang-format off
#include <cstdio>     // jpeglib.h needs FILE,
#include <jpeglib.h>  // and jerror.h numbers its messages by the version in jpeglib.h
#include <jerror.h>
// clang-format on

#include <algorithm>
#include <csetjmp>
#include <cstdlib>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// A progressive file with more scans is an attack: each costs a pass over the whole picture.
constexpr int kMostScans = 500;

// The first coefficient of each block of 64 pixels takes at least one bit in a Huffman code; an arithmetic code may take less.
constexpr int64_t kPixelsPerByte = 512, kPixelsPerArithmeticByte = 16384;

struct JumpingErrors {
  jpeg_error_mgr base;  // must come first: libjpeg's pointer to it is cast to JumpingErrors
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void jump_out(j_common_ptr info) {
  auto* errors = reinterpret_cast<JumpingErrors*>(info->err);
  errors->base.format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

// Most libjpeg warnings mean that it continues with invented pixels, so they are errors here. These few are harmless: cameras pad
// the data before a marker, and some encoders write odd values into unused header fields.
bool is_harmless_warning(int code) {
  switch (code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_NOT_SEQUENTIAL:
      return true;
    default:
      return false;
  }
}

void on_message(j_common_ptr info, int level) {
  if (level < 0 && !is_harmless_warning(info->err->msg_code)) jump_out(info);
}

void on_progress(j_common_ptr info) {
  auto* errors = reinterpret_cast<JumpingErrors*>(info->err);
  if (info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans) {
    std::snprintf(errors->message, sizeof errors->message, "more than %d scans", kMostScans);
    std::longjmp(errors->jump, 1);
  }
}

jpeg_error_mgr* use_jumps(JumpingErrors& errors) {
  jpeg_std_error(&errors.base);
  errors.base.error_exit = jump_out;
  errors.base.emit_message = on_message;
  return &errors.base;
}

struct Decoder {
  jpeg_decompress_struct info{};
  JumpingErrors errors{};
  jpeg_progress_mgr progress{};
  std::vector<uint8_t> cmyk;  // rows of a four-channel picture
  Image image;
  int orientation = 1;

  ~Decoder() { jpeg_destroy_decompress(&info); }
};

// The smallest of 8/8, 4/8 and 2/8 that leaves both sides at least `least`. libjpeg-turbo has no SIMD code for the ratios in
// between, which are slower than a full decode.
unsigned scale_eighths(int64_t width, int64_t height, int64_t least) {
  if (least <= 0) return 8;
  const int64_t side = std::min(width, height);
  if ((side + 3) / 4 >= least) return 2;
  if ((side + 1) / 2 >= least) return 4;
  return 8;
}

void find_orientation(Decoder& decoder) {
  for (jpeg_saved_marker_ptr marker = decoder.info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1) continue;
    decoder.orientation = exif_orientation({marker->data, marker->data_length}, decoder.orientation);
    if (decoder.orientation != 1) return;
  }
}

// Photoshop and compatible programs store 255 - ink and mark the file with an Adobe marker.
void convert_cmyk(uint8_t* cmyk, size_t width, bool inverted, uint8_t* rgb) {
  if (inverted) std::transform(cmyk, cmyk + 4 * width, cmyk, [](uint8_t x) { return static_cast<uint8_t>(255 - x); });
  for (size_t x = 0; x < width; ++x) rgb_from_cmyk(cmyk + 4 * x, rgb + 3 * x);
}

// A progressive picture keeps two bytes per coefficient; rotating needs a second copy of the pixels.
int64_t memory_of(jpeg_decompress_struct& info, bool rotated) {
  const int64_t pixels = int64_t{info.output_width} * info.output_height;
  const int64_t coefficients =
      jpeg_has_multiple_scans(&info) ? 2 * int64_t{info.image_width} * info.image_height * info.num_components : 0;
  return pixels * (rotated ? 6 : 3) + coefficients;
}

// On a libjpeg error returns false and sets errors.message.
bool read_picture(Decoder& decoder, std::span<const uint8_t> bytes, const std::string& name, int least_side) {
  jpeg_decompress_struct& info = decoder.info;
  info.err = use_jumps(decoder.errors);
  if (setjmp(decoder.errors.jump)) return false;
  jpeg_create_decompress(&info);
  decoder.progress.progress_monitor = on_progress;
  info.progress = &decoder.progress;
  jpeg_mem_src(&info, bytes.data(), bytes.size());
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  check_picture_size(info.image_width, info.image_height, name);
  check_enough_bytes(info.image_width, info.image_height, bytes.size(),
                     info.arith_code ? kPixelsPerArithmeticByte : kPixelsPerByte, name);
  find_orientation(decoder);

  const bool four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = four ? JCS_CMYK : JCS_RGB;
  info.scale_num = scale_eighths(info.image_width, info.image_height, least_side);
  info.scale_denom = 8;
  jpeg_calc_output_dimensions(&info);
  check_decoder_memory(info.image_width, info.image_height, memory_of(info, decoder.orientation != 1), bytes.size(), name);
  jpeg_start_decompress(&info);
  const size_t width = info.output_width, height = info.output_height;
  decoder.image = Image{static_cast<int>(width), static_cast<int>(height), {}};
  decoder.image.rgb.resize(width * height * 3);
  if (four) decoder.cmyk.resize(width * 4);

  constexpr size_t kRows = 16;
  JSAMPROW rows[kRows];
  while (info.output_scanline < height) {
    uint8_t* out = &decoder.image.rgb[info.output_scanline * width * 3];
    if (four) {
      rows[0] = decoder.cmyk.data();
      jpeg_read_scanlines(&info, rows, 1);
      convert_cmyk(decoder.cmyk.data(), width, info.saw_Adobe_marker, out);
    } else {
      const size_t count = std::min(kRows, height - info.output_scanline);
      for (size_t i = 0; i < count; ++i) rows[i] = out + i * width * 3;
      jpeg_read_scanlines(&info, rows, static_cast<JDIMENSION>(count));
    }
  }
  jpeg_finish_decompress(&info);
  return true;
}

struct Encoder {
  jpeg_compress_struct info{};
  JumpingErrors errors{};
  unsigned char* bytes = nullptr;  // malloc'ed by libjpeg
  unsigned long size = 0;

  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }
};

bool write_picture(Encoder& encoder, const Image& image, int quality) {
  jpeg_compress_struct& info = encoder.info;
  info.err = use_jumps(encoder.errors);
  if (setjmp(encoder.errors.jump)) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &encoder.bytes, &encoder.size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<uint8_t*>(&image.rgb[static_cast<size_t>(info.next_scanline) * image.width * 3]);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int least_side, int orientation) {
  Decoder decoder;
  decoder.orientation = orientation;
  if (!read_picture(decoder, bytes, name, least_side)) {
    if (decoder.errors.base.msg_code == JERR_OUT_OF_MEMORY) throw DecoderOutOfMemory(name);
    fail(ErrorKind::kData, "{}: is a damaged or unreadable JPEG: {}", name, decoder.errors.message);
  }
  return apply_orientation(std::move(decoder.image), decoder.orientation);
}

std::string jpeg_library() {
#define TAGLOOM_TEXT(x) TAGLOOM_TEXT_OF(x)
#define TAGLOOM_TEXT_OF(x) #x
  return "libjpeg-turbo " TAGLOOM_TEXT(LIBJPEG_TURBO_VERSION);
#undef TAGLOOM_TEXT_OF
#undef TAGLOOM_TEXT
}

std::vector<uint8_t> encode_jpeg(const Image& image, int quality) {
  check_consistent(image, "encode_jpeg");
  TL_CHECK(quality >= 1 && quality <= 100, "[encode_jpeg] quality must be 1 to 100, got {}", quality);
  Encoder encoder;
  if (!write_picture(encoder, image, quality))
    fail(ErrorKind::kData, "[encode_jpeg] a picture of {} x {} pixels could not be written: {}", image.width, image.height,
         encoder.errors.message);
  return {encoder.bytes, encoder.bytes + encoder.size};
}

}  // namespace tagloom
