// Writes PNGs with stored (uncompressed) deflate blocks, and JPEGs through libjpeg with the settings under test.
#include "tests/engine/data/picture_files.h"

// clang-format off
#include <cstdio>     // jpeglib.h needs FILE
#include <jpeglib.h>
// clang-format on

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tagloom::test {
namespace {

void append32(std::vector<uint8_t>& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

void append_chunk(std::vector<uint8_t>& png, const char* type, const std::vector<uint8_t>& data) {
  append32(png, static_cast<uint32_t>(data.size()));
  const size_t begin = png.size();
  png.insert(png.end(), type, type + 4);
  png.insert(png.end(), data.begin(), data.end());
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = begin; i < png.size(); ++i) {
    crc ^= png[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  append32(png, ~crc);
}

std::vector<uint8_t> zlib_stored(const std::vector<uint8_t>& data) {
  std::vector<uint8_t> out = {0x78, 0x01};
  for (size_t at = 0; at < data.size();) {
    const size_t count = std::min<size_t>(65535, data.size() - at);
    const auto size = static_cast<uint16_t>(count), inverse = static_cast<uint16_t>(~size);
    out.push_back(at + count == data.size());
    for (uint16_t word : {size, inverse}) {
      out.push_back(static_cast<uint8_t>(word & 255));
      out.push_back(static_cast<uint8_t>(word >> 8));
    }
    out.insert(out.end(), data.begin() + at, data.begin() + at + count);
    at += count;
  }
  uint32_t a = 1, b = 0;
  for (uint8_t byte : data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  append32(out, b << 16 | a);
  return out;
}

}  // namespace

std::vector<uint8_t> make_png(const PngParts& parts) {
  std::vector<uint8_t> png = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  std::vector<uint8_t> header;
  append32(header, static_cast<uint32_t>(parts.width));
  append32(header, static_cast<uint32_t>(parts.height));
  for (int value : {parts.depth, parts.colour, 0, 0, 0}) header.push_back(static_cast<uint8_t>(value));
  append_chunk(png, "IHDR", header);
  if (!parts.palette.empty()) append_chunk(png, "PLTE", parts.palette);
  if (!parts.trns.empty()) append_chunk(png, "tRNS", parts.trns);
  if (!parts.exif.empty()) append_chunk(png, "eXIf", parts.exif);
  std::vector<uint8_t> filtered;
  const size_t pitch = parts.height > 0 ? parts.rows.size() / static_cast<size_t>(parts.height) : 0;
  for (int y = 0; y < parts.height; ++y) {
    filtered.push_back(0);
    filtered.insert(filtered.end(), parts.rows.begin() + y * pitch, parts.rows.begin() + (y + 1) * pitch);
  }
  append_chunk(png, "IDAT", zlib_stored(filtered));
  append_chunk(png, "IEND", {});
  return png;
}

namespace {

struct JpegRecipe {
  int width, height, channels;
  J_COLOR_SPACE in, stored;
  bool adobe = false, progressive = false;
};

std::vector<uint8_t> make_jpeg(const JpegRecipe& recipe, const uint8_t* pixels) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(recipe.width);
  info.image_height = static_cast<JDIMENSION>(recipe.height);
  info.input_components = recipe.channels;
  info.in_color_space = recipe.in;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, recipe.stored);
  jpeg_set_quality(&info, 98, TRUE);
  info.write_Adobe_marker = recipe.adobe;
  if (recipe.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<uint8_t*>(pixels + static_cast<size_t>(info.next_scanline) * recipe.width * recipe.channels);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::vector<uint8_t> out(bytes, bytes + size);
  std::free(bytes);
  return out;
}

}  // namespace

std::vector<uint8_t> make_four_channel_jpeg(int width, int height, const std::vector<uint8_t>& ink, FourChannels kind) {
  std::vector<uint8_t> stored = ink;
  if (kind != FourChannels::kPlainCmyk)
    for (uint8_t& value : stored) value = static_cast<uint8_t>(255 - value);
  return make_jpeg({.width = width,
                    .height = height,
                    .channels = 4,
                    .in = JCS_CMYK,
                    .stored = kind == FourChannels::kAdobeYcck ? JCS_YCCK : JCS_CMYK,
                    .adobe = kind != FourChannels::kPlainCmyk},
                   stored.data());
}

std::vector<uint8_t> make_grey_jpeg(int width, int height, const std::vector<uint8_t>& grey) {
  return make_jpeg({.width = width, .height = height, .channels = 1, .in = JCS_GRAYSCALE, .stored = JCS_GRAYSCALE}, grey.data());
}

std::vector<uint8_t> make_progressive_jpeg(const Image& image) {
  return make_jpeg(
      {.width = image.width, .height = image.height, .channels = 3, .in = JCS_RGB, .stored = JCS_YCbCr, .progressive = true},
      image.rgb.data());
}

std::vector<uint8_t> make_exif(int orientation, bool big_endian) {
  std::vector<uint8_t> tiff;
  const auto append = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) tiff.push_back(static_cast<uint8_t>(value >> 8 * (big_endian ? bytes - 1 - i : i)));
  };
  tiff.insert(tiff.end(), 2, big_endian ? 'M' : 'I');
  append(42, 2);
  append(8, 4);  // the directory follows
  append(2, 2);  // two entries, the second is the orientation
  append(0x0100, 2), append(3, 2), append(1, 4), append(640, 2), append(0, 2);
  append(0x0112, 2), append(3, 2), append(1, 4), append(static_cast<uint32_t>(orientation), 2), append(0, 2);
  append(0, 4);
  return tiff;
}

std::vector<uint8_t> with_orientation(const std::vector<uint8_t>& jpeg, int orientation, bool big_endian) {
  const std::vector<uint8_t> tiff = make_exif(orientation, big_endian);
  std::vector<uint8_t> out = {0xFF, 0xD8, 0xFF, 0xE1};
  const size_t length = 2 + 6 + tiff.size();
  out.push_back(static_cast<uint8_t>(length >> 8));
  out.push_back(static_cast<uint8_t>(length & 255));
  for (char c : {'E', 'x', 'i', 'f', '\0', '\0'}) out.push_back(static_cast<uint8_t>(c));
  out.insert(out.end(), tiff.begin(), tiff.end());
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

Image stored_picture(const Image& shown, int orientation) {
  enum Side { kTop, kBottom, kLeft, kRight };
  // For each orientation, the side of the displayed picture where the stored row 0 and column 0 are.
  constexpr Side kRow0[] = {kTop, kTop, kTop, kBottom, kBottom, kLeft, kRight, kRight, kLeft};
  constexpr Side kColumn0[] = {kLeft, kLeft, kRight, kRight, kLeft, kTop, kTop, kBottom, kBottom};
  const bool exchanged = orientation >= 5;
  Image stored{exchanged ? shown.height : shown.width, exchanged ? shown.width : shown.height, {}};
  for (int y = 0; y < stored.height; ++y) {
    for (int x = 0; x < stored.width; ++x) {
      int shown_x = 0, shown_y = 0;
      for (const auto& [side, distance] : {std::pair{kRow0[orientation], y}, {kColumn0[orientation], x}}) {
        if (side == kTop) shown_y = distance;
        if (side == kBottom) shown_y = shown.height - 1 - distance;
        if (side == kLeft) shown_x = distance;
        if (side == kRight) shown_x = shown.width - 1 - distance;
      }
      const auto pixel = shown.rgb.begin() + (shown_y * shown.width + shown_x) * 3;
      stored.rgb.insert(stored.rgb.end(), pixel, pixel + 3);
    }
  }
  return stored;
}

std::vector<uint8_t> with_alpha(const Image& image) {
  std::vector<uint8_t> rgba;
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    rgba.insert(rgba.end(), image.rgb.begin() + static_cast<std::ptrdiff_t>(i),
                image.rgb.begin() + static_cast<std::ptrdiff_t>(i) + 3);
    rgba.push_back(255);
  }
  return rgba;
}

Image make_picture(int width, int height, int seed) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(
            static_cast<uint8_t>(std::lround(127.5 + 100 * std::sin(x * 0.07 * (c + 1) + seed) * std::cos(y * 0.05 + c + seed))));
  return image;
}

Image grey_picture(int width, int height) {
  Image image = make_picture(width, height);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = image.rgb[i / 3 * 3];
  return image;
}

std::vector<uint16_t> red_of(const Image& image) {
  std::vector<uint16_t> values;
  for (size_t i = 0; i < image.rgb.size(); i += 3) values.push_back(image.rgb[i]);
  return values;
}

}  // namespace tagloom::test
