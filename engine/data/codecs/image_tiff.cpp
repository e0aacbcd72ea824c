// Reads the first page of a TIFF with libtiff. Strips or tiles of 1 to 16 bits per sample are converted here, with
// image_pixels.h for rounding, alpha and CMYK; YCbCr and Lab go through libtiff's conversion to RGB.
#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct TiffSource {
  std::span<const uint8_t> bytes;
  uint64_t position = 0;
  bool decoding = false;  // reading pixels, not the directory
  std::string error = {};
};

tmsize_t read_tiff(thandle_t handle, void* out, tmsize_t wanted) {
  TiffSource& source = *static_cast<TiffSource*>(handle);
  const uint64_t left = source.position < source.bytes.size() ? source.bytes.size() - source.position : 0;
  const size_t count = static_cast<size_t>(std::min(static_cast<uint64_t>(std::max<tmsize_t>(wanted, 0)), left));
  if (count > 0) std::memcpy(out, source.bytes.data() + source.position, count);
  source.position += count;
  return static_cast<tmsize_t>(count);
}

toff_t seek_tiff(thandle_t handle, toff_t offset, int from) {
  TiffSource& source = *static_cast<TiffSource*>(handle);
  source.position = offset + (from == SEEK_CUR ? source.position : from == SEEK_END ? source.bytes.size() : 0);
  return source.position;
}

tmsize_t write_tiff(thandle_t, void*, tmsize_t) { return 0; }
int close_tiff(thandle_t) { return 0; }
toff_t size_of_tiff(thandle_t handle) { return static_cast<TiffSource*>(handle)->bytes.size(); }

std::string text_of(const char* module, const char* pattern, va_list values) {
  char text[400];
  std::vsnprintf(text, sizeof text, pattern, values);
  return printable((module == nullptr ? std::string() : std::string(module) + ": ").append(text).c_str());
}

int on_tiff_error(TIFF*, void* source, const char* module, const char* pattern, va_list values) {
  std::string& error = static_cast<TiffSource*>(source)->error;
  if (error.empty()) error = text_of(module, pattern, values);
  return 1;
}

// libjpeg only warns when it fills in missing pixels, which is an error here. Other warnings concern unusual tags and fax lines.
int on_tiff_warning(TIFF* file, void* source, const char* module, const char* pattern, va_list values) {
  const bool jpeg = module != nullptr && std::strcmp(module, "JPEGLib") == 0;
  if (jpeg && static_cast<TiffSource*>(source)->decoding) on_tiff_error(file, source, module, pattern, values);
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* file) const { TIFFClose(file); }
};
using TiffFile = std::unique_ptr<TIFF, CloseTiff>;

TiffFile open_tiff(TiffSource& source) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(), &TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(decoder_memory(source.bytes.size())));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_tiff_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_tiff_warning, &source);
  // m: no memory mapping, because libtiff would modify the mapped bytes.
  return TiffFile(TIFFClientOpenExt("TIFF", "rm", &source, read_tiff, write_tiff, seek_tiff, close_tiff, size_of_tiff, nullptr,
                                    nullptr, options.get()));
}

struct TiffLayout {
  uint32_t width = 0, height = 0;
  uint32_t chunk_width = 0, chunk_height = 0;  // of a strip or tile
  uint16_t bits = 1, samples = 1, photometric = PHOTOMETRIC_MINISBLACK, compression = COMPRESSION_NONE;
  uint16_t orientation = 1;
  bool tiled = false, planar = false;
  int alpha = -1;  // index of the alpha sample
  Alpha alpha_kind = Alpha::kStraight;
  const uint16_t* palette[3] = {nullptr, nullptr, nullptr};  // [2^bits], 16 bits

  int planes() const { return planar ? samples : 1; }
};

void read_extra_samples(TIFF* file, TiffLayout& layout) {
  uint16_t count = 0;
  const uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(file, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  for (uint16_t i = 0; i < count && i < layout.samples && layout.alpha < 0; ++i) {
    if (kinds[i] != EXTRASAMPLE_ASSOCALPHA && kinds[i] != EXTRASAMPLE_UNASSALPHA) continue;
    layout.alpha = layout.samples - count + i;
    layout.alpha_kind = kinds[i] == EXTRASAMPLE_ASSOCALPHA ? Alpha::kAssociated : Alpha::kStraight;
  }
}

// Whether the decoder of a compression limits its memory for any input. JBIG's calls abort() if its header asks for too much, LZMA's
// allocates the dictionary that its header gives, and the others are rare and little tested.
bool is_accepted(uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP:
      return true;
    default:
      return false;
  }
}

// "JBIG compression"
std::string compression_name(uint16_t compression) {
  constexpr std::pair<int, const char*> kNames[] = {{COMPRESSION_OJPEG, "old-style JPEG"},
                                                    {COMPRESSION_T85, "JBIG"},
                                                    {COMPRESSION_T43, "JBIG"},
                                                    {COMPRESSION_NEXT, "NeXT"},
                                                    {COMPRESSION_THUNDERSCAN, "ThunderScan"},
                                                    {COMPRESSION_PIXARFILM, "Pixar film"},
                                                    {COMPRESSION_PIXARLOG, "PixarLog"},
                                                    {COMPRESSION_JBIG, "JBIG"},
                                                    {COMPRESSION_SGILOG, "SGILog"},
                                                    {COMPRESSION_SGILOG24, "SGILog"},
                                                    {COMPRESSION_JP2000, "JPEG 2000"},
                                                    {COMPRESSION_LERC, "LERC"},
                                                    {COMPRESSION_LZMA, "LZMA"},
                                                    {COMPRESSION_ZSTD, "Zstandard"},
                                                    {COMPRESSION_WEBP, "WebP"},
                                                    {COMPRESSION_JXL, "JPEG XL"}};
  for (const auto& [number, name] : kNames) {
    if (number == compression) return std::string(name) + " compression";
  }
  return format("compression {}", compression);
}

// Refuses a file whose strips or tiles overlap so much that reading them takes far longer than the size of the file suggests.
void check_shared_bytes(TIFF* file, size_t file_bytes, const TiffLayout& layout, const std::string& name) {
  constexpr uint64_t kMostUses = 16;  // identical tiles may share their bytes
  const uint32_t count = layout.tiled ? TIFFNumberOfTiles(file) : TIFFNumberOfStrips(file);
  uint64_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += std::min<uint64_t>(TIFFGetStrileByteCount(file, i), file_bytes);
  TL_CHECK_AS(ErrorKind::kData, sum / kMostUses <= file_bytes,
              "{}: is a damaged TIFF: its {} {} use {} bytes, and the file has {}", name, count,
              layout.tiled ? "tiles" : "strips", sum, file_bytes);
}

TiffLayout layout_of(TIFF* file, size_t file_bytes, const std::string& name) {
  TiffLayout layout;
  TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(file, TIFFTAG_IMAGELENGTH, &layout.height);
  check_picture_size(layout.width, layout.height, name);
  TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &layout.compression);
  TIFFGetFieldDefaulted(file, TIFFTAG_ORIENTATION, &layout.orientation);
  if (layout.samples >= 3) layout.photometric = PHOTOMETRIC_RGB;  // the default; the file may override it
  TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &layout.photometric);
  TL_CHECK_AS(ErrorKind::kData, is_accepted(layout.compression) && TIFFIsCODECConfigured(layout.compression),
              "{}: is a TIFF with {}, which is not supported; save it with LZW or Deflate", name,
              compression_name(layout.compression));
  uint16_t sample_format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG;
  TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &sample_format);
  TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &planar);
  layout.planar = planar == PLANARCONFIG_SEPARATE && layout.samples > 1;
  const bool integers = sample_format == SAMPLEFORMAT_UINT || sample_format == SAMPLEFORMAT_VOID;
  TL_CHECK_AS(ErrorKind::kData, integers && layout.bits >= 1 && layout.bits <= 16 && layout.samples >= 1 && layout.samples <= 32,
              "{}: is a TIFF with {} samples of {} {} bits; save it with unsigned integers of 8 or 16 bits", name, layout.samples,
              layout.bits,
              sample_format == SAMPLEFORMAT_IEEEFP ? "floating-point"
              : integers                           ? "unsigned"
                                                   : "signed or complex");
  read_extra_samples(file, layout);
  if (layout.photometric == PHOTOMETRIC_YCBCR && layout.compression == COMPRESSION_JPEG && layout.bits == 8) {
    TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    layout.photometric = PHOTOMETRIC_RGB;
  }
  if (layout.photometric == PHOTOMETRIC_PALETTE) {
    const bool found = TIFFGetField(file, TIFFTAG_COLORMAP, &layout.palette[0], &layout.palette[1], &layout.palette[2]) != 0;
    TL_CHECK_AS(ErrorKind::kData, found, "{}: is a damaged TIFF: its palette is missing", name);
  }
  layout.tiled = TIFFIsTiled(file) != 0;
  if (layout.tiled) {
    TIFFGetField(file, TIFFTAG_TILEWIDTH, &layout.chunk_width);
    TIFFGetField(file, TIFFTAG_TILELENGTH, &layout.chunk_height);
  } else {
    layout.chunk_width = layout.width;
    TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &layout.chunk_height);
    layout.chunk_height = std::min(layout.chunk_height, layout.height);
  }
  TL_CHECK_AS(ErrorKind::kData, layout.chunk_width > 0 && layout.chunk_height > 0,
              "{}: is a damaged TIFF: its strips or tiles have no pixels", name);
  check_shared_bytes(file, file_bytes, layout, name);
  return layout;
}

size_t colours_of(const TiffLayout& layout) {
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
      return 1;
    case PHOTOMETRIC_RGB:
      return 3;
    case PHOTOMETRIC_SEPARATED:
      return 4;
    default:
      return 0;  // converted by libtiff
  }
}

uint32_t sample_at(const uint8_t* row, size_t index, int bits) {
  if (bits == 8) return row[index];
  if (bits == 16) {
    uint16_t value;
    std::memcpy(&value, row + 2 * index, 2);
    return value;
  }
  uint32_t value = 0;
  for (size_t bit = index * static_cast<size_t>(bits), end = bit + static_cast<size_t>(bits); bit < end; ++bit)
    value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1);
  return value;
}

// Old programs wrote 8-bit palettes.
uint32_t palette_most(const TiffLayout& layout) {
  uint32_t most = 0;
  for (const uint16_t* channel : layout.palette)
    most = std::max<uint32_t>(most, *std::max_element(channel, channel + (1 << layout.bits)));
  return most < 256 ? 255 : 65535;
}

// Converts a pixel's samples, in the file's order, to RGB.
class TiffPixel {
 public:
  explicit TiffPixel(const TiffLayout& layout)
      : layout_(layout), most_((1u << layout.bits) - 1), palette_most_(layout.palette[0] != nullptr ? palette_most(layout) : 0) {}

  void convert(const uint16_t* samples, uint8_t* rgb) const {
    if (layout_.photometric == PHOTOMETRIC_SEPARATED) {
      uint8_t cmyk[4];
      for (int c = 0; c < 4; ++c) cmyk[c] = to_8_bits(samples[c], most_);
      return rgb_from_cmyk(cmyk, rgb);
    }
    uint16_t rgba[4];
    uint64_t most = most_;
    for (int c = 0; c < 3; ++c) rgba[c] = samples[layout_.photometric == PHOTOMETRIC_RGB ? c : 0];
    if (layout_.photometric == PHOTOMETRIC_PALETTE) {
      for (int c = 0; c < 3; ++c) rgba[c] = layout_.palette[c][samples[0]];
      most = palette_most_;
    } else if (layout_.photometric == PHOTOMETRIC_MINISWHITE) {
      for (int c = 0; c < 3; ++c) rgba[c] = static_cast<uint16_t>(most - rgba[c]);
    }
    const uint64_t alpha = layout_.alpha < 0 ? most_ : samples[layout_.alpha];
    rgba[3] = static_cast<uint16_t>((alpha * most + most_ / 2) / most_);
    blend_with_white(rgba, most, layout_.alpha_kind, rgb);
  }

 private:
  const TiffLayout& layout_;
  uint64_t most_, palette_most_;
};

[[noreturn]] void fail_tiff(const TiffSource& source, const std::string& name) {
  fail(ErrorKind::kData, "{}: is a damaged or unreadable TIFF: {}", name,
       source.error.empty() ? "its structure is invalid" : source.error);
}

constexpr int64_t kMostPerColumn = 16;  // the fax decoders' tables, in bytes

// Reads the strips or tiles one at a time.
void read_chunks(TIFF* file, TiffSource& source, const TiffLayout& layout, Image& image, const std::string& name) {
  const tmsize_t chunk_bytes = layout.tiled ? TIFFTileSize(file) : TIFFStripSize(file);
  const size_t per_row = static_cast<size_t>(layout.chunk_width) * (layout.planar ? 1 : layout.samples);
  const size_t row_bytes = (per_row * layout.bits + 7) / 8;
  if (chunk_bytes <= 0 || static_cast<size_t>(chunk_bytes) < row_bytes * layout.chunk_height) fail_tiff(source, name);
  check_decoder_memory(layout.width, layout.height,
                       int64_t{layout.width} * layout.height * (layout.orientation == 1 ? 3 : 6) +
                           2 * layout.planes() * static_cast<int64_t>(chunk_bytes) + kMostPerColumn * int64_t{layout.chunk_width},
                       source.bytes.size(), name);
  image.rgb.resize(static_cast<size_t>(layout.width) * layout.height * 3);
  std::vector<std::vector<uint8_t>> planes(static_cast<size_t>(layout.planes()),
                                           std::vector<uint8_t>(static_cast<size_t>(chunk_bytes)));
  std::vector<uint16_t> samples(layout.samples);
  const TiffPixel pixel(layout);
  for (uint32_t top = 0; top < layout.height; top += layout.chunk_height) {
    const uint32_t rows = std::min(layout.chunk_height, layout.height - top);
    for (uint32_t left = 0; left < layout.width; left += layout.chunk_width) {
      const uint32_t columns = std::min(layout.chunk_width, layout.width - left);
      for (uint16_t plane = 0; plane < planes.size(); ++plane) {
        uint8_t* const out = planes[plane].data();
        const tmsize_t read = layout.tiled
                                  ? TIFFReadEncodedTile(file, TIFFComputeTile(file, left, top, 0, plane), out, chunk_bytes)
                                  : TIFFReadEncodedStrip(file, TIFFComputeStrip(file, top, plane), out, chunk_bytes);
        if (read < static_cast<tmsize_t>(row_bytes * rows) || !source.error.empty()) fail_tiff(source, name);
      }
      for (uint32_t y = 0; y < rows; ++y) {
        uint8_t* rgb = &image.rgb[(static_cast<size_t>(top + y) * layout.width + left) * 3];
        for (uint32_t x = 0; x < columns; ++x, rgb += 3) {
          for (size_t s = 0; s < layout.samples; ++s) {
            const uint8_t* const row = planes[layout.planar ? s : 0].data() + y * row_bytes;
            samples[s] = static_cast<uint16_t>(sample_at(row, layout.planar ? x : x * layout.samples + s, layout.bits));
          }
          pixel.convert(samples.data(), rgb);
        }
      }
    }
  }
}

// libtiff's own conversion, which premultiplies colours by alpha.
void read_converted(TIFF* file, TiffSource& source, const TiffLayout& layout, Image& image, const std::string& name) {
  char reason[1024] = "";
  TL_CHECK_AS(ErrorKind::kData, TIFFRGBAImageOK(file, reason), "{}: is an unsupported kind of TIFF ({}); save it as RGB", name,
              printable(reason));
  const size_t width = layout.width, height = layout.height;
  const int64_t chunk_bytes = layout.tiled ? TIFFTileSize(file) : TIFFStripSize(file);
  check_decoder_memory(layout.width, layout.height,
                       static_cast<int64_t>(width * height) * 10 + 2 * std::max<int64_t>(chunk_bytes, 0), source.bytes.size(),
                       name);
  TIFFSetField(file, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);  // applied afterwards
  std::vector<uint32_t> raster(width * height);
  const bool read = TIFFReadRGBAImageOriented(file, layout.width, layout.height, raster.data(), ORIENTATION_TOPLEFT, 1) != 0;
  if (!read || !source.error.empty()) fail_tiff(source, name);
  image.rgb.resize(width * height * 3);
  for (size_t i = 0; i < raster.size(); ++i) {
    const uint32_t p = raster[i];
    const uint8_t rgba[4] = {static_cast<uint8_t>(TIFFGetR(p)), static_cast<uint8_t>(TIFFGetG(p)),
                             static_cast<uint8_t>(TIFFGetB(p)), static_cast<uint8_t>(TIFFGetA(p))};
    rgb_from_rgba(rgba, 1, 255, Alpha::kAssociated, &image.rgb[3 * i]);
  }
}

}  // namespace

Image decode_tiff(std::span<const uint8_t> bytes, const std::string& name) {
  TiffSource source{bytes};
  const TiffFile file = open_tiff(source);
  if (file == nullptr) fail_tiff(source, name);
  source.error.clear();
  const TiffLayout layout = layout_of(file.get(), bytes.size(), name);
  Image image{static_cast<int>(layout.width), static_cast<int>(layout.height), {}};
  source.decoding = true;
  const size_t colours = colours_of(layout);
  if (colours == 0) {
    read_converted(file.get(), source, layout, image, name);
  } else {
    TL_CHECK_AS(ErrorKind::kData, layout.samples >= colours, "{}: is a damaged TIFF: it has {} samples per pixel and needs {}",
                name, layout.samples, colours);
    read_chunks(file.get(), source, layout, image, name);
  }
  return apply_orientation(std::move(image), layout.orientation);
}

std::string tiff_library() {
  const std::string text = TIFFGetVersion();  // "LIBTIFF, Version 4.5.0\nCopyright …"
  const size_t number = text.find_first_of("0123456789");
  return number == text.npos ? "libtiff" : "libtiff " + text.substr(number, text.find('\n') - number);
}

}  // namespace tagloom
