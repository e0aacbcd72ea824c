// Calls the encoders of the picture libraries, and writes WebP containers byte by byte.
#include "tests/engine/data/encoded_pictures.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "found_libraries.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/temporary_folder.h"
#if TAGLOOM_HAS_WEBP
#include <webp/encode.h>
#endif
#if TAGLOOM_HAS_TIFF
#include <tiffio.h>
#endif
#if TAGLOOM_HAS_HEIF
#include <libheif/heif.h>
#endif
#if TAGLOOM_HAS_JXL
#include <jxl/encode.h>
#endif

namespace tagloom::test {
namespace {

using Bytes = std::vector<uint8_t>;

void append_little(Bytes& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> 8 * i));
}

void append_text(Bytes& out, const char* text) { out.insert(out.end(), text, text + std::strlen(text)); }

void append_riff(Bytes& out, const char* type, const Bytes& data) {
  append_text(out, type);
  append_little(out, data.size(), 4);
  out.insert(out.end(), data.begin(), data.end());
  if (data.size() % 2 == 1) out.push_back(0);
}

Bytes extended_webp(int width, int height, int flags, const Bytes& chunks) {
  Bytes header, body, out;
  append_little(header, static_cast<uint64_t>(flags), 4);
  append_little(header, static_cast<uint64_t>(width - 1), 3);
  append_little(header, static_cast<uint64_t>(height - 1), 3);
  append_text(body, "WEBP");
  append_riff(body, "VP8X", header);
  body.insert(body.end(), chunks.begin(), chunks.end());
  append_riff(out, "RIFF", body);
  return out;
}

}  // namespace

Bytes with_webp_orientation(const Bytes& webp, int width, int height, int orientation) {
  if (webp.empty()) return {};
  Bytes chunks(webp.begin() + 12, webp.end());
  append_riff(chunks, "EXIF", make_exif(orientation, false));
  return extended_webp(width, height, 0x08 | 0x10, chunks);
}

Bytes make_webp_animation(int width, int height, const Bytes& first, int first_width, int first_height, int x, int y) {
  if (first.empty()) return {};
  Bytes settings, frame, chunks;
  append_little(settings, 0xFF00FF00, 4);  // a background that readers ignore
  append_little(settings, 0, 2);
  append_riff(chunks, "ANIM", settings);
  for (const int value : {x / 2, y / 2, first_width - 1, first_height - 1, 100})
    append_little(frame, static_cast<uint64_t>(value), 3);
  frame.push_back(0);
  frame.insert(frame.end(), first.begin() + 12, first.end());
  append_riff(chunks, "ANMF", frame);
  append_riff(chunks, "ANMF", frame);
  return extended_webp(width, height, 0x02 | 0x10, chunks);
}

#if TAGLOOM_HAS_WEBP
namespace {

Bytes webp_of(int width, int height, const uint8_t* rgba, bool lossless) {
  WebPConfig config;
  WebPPicture picture;
  WebPMemoryWriter writer;
  WebPConfigInit(&config);
  WebPPictureInit(&picture);
  WebPMemoryWriterInit(&writer);
  config.lossless = config.exact = lossless;
  config.quality = 95;
  picture.use_argb = lossless;
  picture.width = width;
  picture.height = height;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  WebPPictureImportRGBA(&picture, rgba, width * 4);
  Bytes out;
  if (WebPEncode(&config, &picture)) out.assign(writer.mem, writer.mem + writer.size);
  WebPPictureFree(&picture);
  WebPMemoryWriterClear(&writer);
  return out;
}

}  // namespace

Bytes make_webp(int width, int height, const Bytes& rgba) { return webp_of(width, height, rgba.data(), true); }

Bytes make_lossy_webp(const Image& image) { return webp_of(image.width, image.height, with_alpha(image).data(), false); }
#else
Bytes make_webp(int, int, const Bytes&) { return {}; }
Bytes make_lossy_webp(const Image&) { return {}; }
#endif

#if TAGLOOM_HAS_TIFF
namespace {

// Packs samples [rows, columns, samples] at their bit depth; samples outside the picture are 0.
Bytes packed(const TiffParts& parts, int left, int top, int columns, int rows, int plane) {
  Bytes out;
  for (int y = 0; y < rows; ++y) {
    uint32_t bits = 0;
    int count = 0;
    const auto put = [&](int value) {
      if (parts.bits == 16) {
        const auto native = static_cast<uint16_t>(value);
        const auto* bytes = reinterpret_cast<const uint8_t*>(&native);
        out.insert(out.end(), bytes, bytes + 2);
        return;
      }
      bits = bits << parts.bits | static_cast<uint32_t>(value);
      for (count += parts.bits; count >= 8; count -= 8) out.push_back(static_cast<uint8_t>(bits >> (count - 8)));
    };
    for (int x = 0; x < columns; ++x) {
      for (int s = 0; s < parts.samples; ++s) {
        if (plane >= 0 && s != plane) continue;
        const bool inside = left + x < parts.width && top + y < parts.height;
        put(inside ? parts.values[static_cast<size_t>(((top + y) * parts.width + left + x) * parts.samples + s)] : 0);
      }
    }
    if (count > 0) out.push_back(static_cast<uint8_t>(bits << (8 - count)));
  }
  return out;
}

void write_page(TIFF* file, const TiffParts& parts) {
  TIFFSetField(file, TIFFTAG_IMAGEWIDTH, parts.width);
  TIFFSetField(file, TIFFTAG_IMAGELENGTH, parts.height);
  TIFFSetField(file, TIFFTAG_BITSPERSAMPLE, parts.bits);
  TIFFSetField(file, TIFFTAG_SAMPLESPERPIXEL, parts.samples);
  TIFFSetField(file, TIFFTAG_PHOTOMETRIC, parts.photometric);
  TIFFSetField(file, TIFFTAG_COMPRESSION, parts.compression);
  TIFFSetField(file, TIFFTAG_PLANARCONFIG, parts.planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField(file, TIFFTAG_ORIENTATION, parts.orientation);
  if (parts.compression == COMPRESSION_JPEG) TIFFSetField(file, TIFFTAG_JPEGQUALITY, 98);
  if (parts.photometric == PHOTOMETRIC_YCBCR) TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (parts.alpha != 0) {
    const auto kind = static_cast<uint16_t>(parts.alpha);
    TIFFSetField(file, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (!parts.palette.empty()) {
    const uint16_t* map = parts.palette.data();
    const size_t colours = parts.palette.size() / 3;
    TIFFSetField(file, TIFFTAG_COLORMAP, map, map + colours, map + 2 * colours);
  }
  const int planes = parts.planar ? parts.samples : 1;
  if (parts.tile > 0) {
    TIFFSetField(file, TIFFTAG_TILEWIDTH, parts.tile);
    TIFFSetField(file, TIFFTAG_TILELENGTH, parts.tile);
  } else {
    TIFFSetField(file, TIFFTAG_ROWSPERSTRIP, parts.rows_per_strip > 0 ? parts.rows_per_strip : parts.height);
  }
  const int rows = parts.tile > 0 ? parts.tile : parts.rows_per_strip > 0 ? parts.rows_per_strip : parts.height;
  const int columns = parts.tile > 0 ? parts.tile : parts.width;
  for (int plane = 0; plane < planes; ++plane) {
    for (int top = 0; top < parts.height; top += rows) {
      for (int left = 0; left < parts.width; left += columns) {
        const int count = parts.tile > 0 ? rows : std::min(rows, parts.height - top);
        Bytes chunk = packed(parts, left, top, columns, count, parts.planar ? plane : -1);
        const auto x = static_cast<uint32_t>(left), y = static_cast<uint32_t>(top);
        const auto z = static_cast<uint16_t>(plane);
        const auto size = static_cast<tmsize_t>(chunk.size());
        if (parts.tile > 0) TIFFWriteEncodedTile(file, TIFFComputeTile(file, x, y, 0, z), chunk.data(), size);
        if (parts.tile == 0) TIFFWriteEncodedStrip(file, TIFFComputeStrip(file, y, z), chunk.data(), size);
      }
    }
  }
}

}  // namespace

Bytes make_tiff(const TiffParts& parts) {
  const TemporaryFolder folder;
  TIFF* const file = TIFFOpen((folder / "a.tif").c_str(), parts.mode);
  TiffParts page = parts;
  for (int i = 0; i < parts.pages; ++i) {
    write_page(file, page);
    TIFFWriteDirectory(file);
    std::fill(page.values.begin(), page.values.end(), uint16_t{0});
  }
  TIFFClose(file);
  const std::string text = read_whole_file(folder / "a.tif");
  return {text.begin(), text.end()};
}
#else
Bytes make_tiff(const TiffParts&) { return {}; }
#endif

#if TAGLOOM_HAS_HEIF
namespace {

heif_error append_heif(heif_context*, const void* data, size_t size, void* out) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  static_cast<Bytes*>(out)->insert(static_cast<Bytes*>(out)->end(), bytes, bytes + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

heif_image* heif_pixels(const HeifParts& parts) {
  const bool deep = parts.bits > 8, alpha = parts.channels == 4, grey = parts.channels == 1;
  const heif_chroma chroma = grey   ? heif_chroma_monochrome
                             : deep ? (alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
                                    : (alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB);
  const heif_channel channel = grey ? heif_channel_Y : heif_channel_interleaved;
  heif_image* image = nullptr;
  heif_image_create(parts.width, parts.height, grey ? heif_colorspace_monochrome : heif_colorspace_RGB, chroma, &image);
  heif_image_add_plane(image, channel, parts.width, parts.height, parts.bits);
  int pitch = 0;
  uint8_t* row = heif_image_get_plane(image, channel, &pitch);
  const size_t per_row = static_cast<size_t>(parts.width * parts.channels);
  for (int y = 0; y < parts.height; ++y, row += pitch) {
    const uint16_t* values = &parts.values[static_cast<size_t>(y) * per_row];
    if (deep) std::memcpy(row, values, 2 * per_row);
    if (!deep) std::transform(values, values + per_row, row, [](uint16_t v) { return static_cast<uint8_t>(v); });
  }
  return image;
}

}  // namespace

Bytes make_heif(HeifCodec codec, const HeifParts& parts) {
  heif_context* const context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  Bytes out;
  heif_context_get_encoder_for_format(context, codec == HeifCodec::kHeic ? heif_compression_HEVC : heif_compression_AV1,
                                      &encoder);
  if (encoder != nullptr) {
    const bool lossless = parts.lossless && parts.bits == 8;  // libaom fails with more
    heif_encoder_set_lossless(encoder, lossless);
    if (!lossless) heif_encoder_set_lossy_quality(encoder, parts.lossless ? 100 : 90);
    heif_encoder_set_parameter(encoder, "threads", "1");
    heif_encoding_options* const options = heif_encoding_options_alloc();
    heif_color_profile_nclx* const colours = heif_nclx_color_profile_alloc();
    colours->full_range_flag = 1;
    options->macOS_compatibility_workaround_no_nclx_profile = 0;
    options->output_nclx_profile = colours;
    options->image_orientation = static_cast<heif_orientation>(parts.orientation);
    heif_image* const image = heif_pixels(parts);
    heif_image_handle* handle = nullptr;
    const heif_error error = heif_context_encode_image(context, image, encoder, options, &handle);
    if (error.code != heif_error_Ok) std::fprintf(stderr, "make_heif: %s\n", error.message);
    if (handle != nullptr && parts.exif_orientation > 0) {
      const Bytes exif = make_exif(parts.exif_orientation, false);
      heif_context_add_exif_metadata(context, handle, exif.data(), static_cast<int>(exif.size()));
    }
    heif_writer writer{1, append_heif};
    if (handle != nullptr) heif_context_write(context, &writer, &out);
    heif_image_handle_release(handle);
    heif_image_release(image);
    heif_nclx_color_profile_free(colours);
    heif_encoding_options_free(options);
    heif_encoder_release(encoder);
  }
  heif_context_free(context);
  return out;
}
#else
Bytes make_heif(HeifCodec, const HeifParts&) { return {}; }
#endif

#if TAGLOOM_HAS_JXL
Bytes make_jxl(const JxlParts& parts) {
  JxlEncoder* const encoder = JxlEncoderCreate(nullptr);
  JxlBasicInfo info;
  JxlEncoderInitBasicInfo(&info);
  info.xsize = static_cast<uint32_t>(parts.width);
  info.ysize = static_cast<uint32_t>(parts.height);
  info.bits_per_sample = static_cast<uint32_t>(parts.bits);
  info.num_color_channels = parts.channels >= 3 ? 3 : 1;
  info.num_extra_channels = info.alpha_bits = 0;
  if (parts.channels % 2 == 0) {
    info.num_extra_channels = 1;
    info.alpha_bits = info.bits_per_sample;
  }
  info.uses_original_profile = parts.lossless;
  info.orientation = static_cast<JxlOrientation>(parts.orientation);
  info.have_animation = parts.frames > 1;
  info.animation = {10, 1, 0, 0};
  JxlEncoderUseContainer(encoder, parts.container);
  JxlEncoderSetBasicInfo(encoder, &info);
  JxlColorEncoding colours;
  JxlColorEncodingSetToSRGB(&colours, parts.channels < 3);
  JxlEncoderSetColorEncoding(encoder, &colours);
  JxlEncoderFrameSettings* const settings = JxlEncoderFrameSettingsCreate(encoder, nullptr);
  JxlEncoderSetFrameLossless(settings, parts.lossless);
  if (!parts.lossless) JxlEncoderSetFrameDistance(settings, 0.5f);
  const bool deep = parts.bits > 8;
  const JxlPixelFormat format{static_cast<uint32_t>(parts.channels), deep ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN,
                              0};
  std::vector<uint16_t> values = parts.values;
  values.resize(static_cast<size_t>(parts.width * parts.height * parts.channels));
  for (int frame = 0; frame < parts.frames; ++frame) {
    JxlFrameHeader header;
    JxlEncoderInitFrameHeader(&header);
    header.duration = parts.frames > 1 ? 10 : 0;
    if (parts.frames > 1) JxlEncoderSetFrameHeader(settings, &header);
    Bytes pixels(values.begin(), values.end());
    const void* data = deep ? static_cast<const void*>(values.data()) : pixels.data();
    JxlEncoderAddImageFrame(settings, &format, data, values.size() * (deep ? 2 : 1));
    std::fill(values.begin(), values.end(), uint16_t{0});
  }
  JxlEncoderCloseInput(encoder);
  Bytes out(1 << 20);
  uint8_t* next = out.data();
  size_t left = out.size();
  if (JxlEncoderProcessOutput(encoder, &next, &left) != JXL_ENC_SUCCESS) std::fprintf(stderr, "make_jxl failed\n");
  out.resize(out.size() - left);
  JxlEncoderDestroy(encoder);
  return out;
}
#else
Bytes make_jxl(const JxlParts&) { return {}; }
#endif

}  // namespace tagloom::test
