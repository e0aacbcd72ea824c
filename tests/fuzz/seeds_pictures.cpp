// Seeds of the targets that read pictures.
#include "engine/data/image.h"
#include "tests/engine/data/encoded_pictures.h"
#include "tests/engine/data/picture_files.h"
#include "tests/fuzz/seeds.h"

namespace tagloom::fuzz {
namespace {

using Bytes = std::vector<uint8_t>;
using std::string_literals::operator""s;

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

// The transforms in front of a picture: 8 pixels squashed; 6 cropped from 8 at random, bicubic, decoded at a reduced size.
std::vector<std::string> with_transforms(const std::vector<std::string>& files) {
  std::vector<std::string> inputs;
  for (const std::string& file : files) {
    inputs.push_back("\x07\x01\x00"s + file);
    inputs.push_back("\x05\x02\x0f"s + file);
  }
  return inputs;
}

std::vector<std::string> jpegs() {
  const Image image = test::make_picture(37, 23);
  const Bytes grey(24 * 16, 99), ink(9 * 7 * 4, 50), jpeg = encode_jpeg(image, 70);
  std::vector<std::string> files;
  for (const Bytes& file : {jpeg, encode_jpeg(image, 95), test::make_progressive_jpeg(image), test::make_grey_jpeg(24, 16, grey),
                            test::make_four_channel_jpeg(9, 7, ink, test::FourChannels::kPlainCmyk),
                            test::make_four_channel_jpeg(9, 7, ink, test::FourChannels::kAdobeYcck),
                            test::with_orientation(jpeg, 6, true), test::with_orientation(jpeg, 3, false)}) {
    files.push_back(text_of(file));
  }
  return files;
}

std::vector<std::string> pngs() {
  std::vector<std::string> files = {text_of(encode_png(test::make_picture(19, 11)))};
  for (const test::PngParts& parts :
       {test::PngParts{.width = 5, .height = 2, .depth = 1, .colour = 0, .rows = {0xA8, 0x50}},
        test::PngParts{
            .width = 3, .height = 2, .depth = 2, .colour = 3, .rows = {0x1B, 0xE4}, .palette = Bytes(12, 7), .trns = {9, 0}},
        test::PngParts{.width = 2, .height = 2, .depth = 8, .colour = 6, .rows = Bytes(16, 130)},
        test::PngParts{.width = 2, .height = 1, .depth = 16, .colour = 2, .rows = Bytes(12, 3)},
        test::PngParts{.width = 2, .height = 1, .depth = 16, .colour = 4, .rows = Bytes(8, 40)}}) {
    files.push_back(text_of(make_png(parts)));
  }
  return files;
}

// 8-bit LZW that clears its table before each pixel, so that all codes have 9 bits.
std::string gif(int width, int height) {
  std::string codes;
  uint32_t bits = 0;
  int count = 0;
  const auto put = [&](uint32_t code) {
    bits |= code << count;
    for (count += 9; count >= 8; count -= 8, bits >>= 8) codes += static_cast<char>(bits);
  };
  for (int i = 0; i < width * height; ++i) {
    put(256);
    put(static_cast<uint32_t>(i));
  }
  put(257);
  codes += static_cast<char>(bits);
  const std::string size = {static_cast<char>(width), 0, static_cast<char>(height), 0};
  std::string palette;
  for (int i = 0; i < 768; ++i) palette += static_cast<char>(i / 3);
  return "GIF89a" + size + "\xF7\0\0"s + palette + "!\xF9\x04\x01\0\0\x03\0"s + ",\0\0\0\0"s + size + "\0\x08"s +
         static_cast<char>(codes.size()) + codes + "\0;"s;
}

std::string bmp(int bits, int width, int height, const std::string& palette, const std::string& rows) {
  const auto little = [](uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  const uint32_t offset = 54 + static_cast<uint32_t>(palette.size());
  return "BM" + little(offset + static_cast<uint32_t>(rows.size()), 4) + little(0, 4) + little(offset, 4) + little(40, 4) +
         little(static_cast<uint32_t>(width), 4) + little(static_cast<uint32_t>(height), 4) + little(1, 2) +
         little(static_cast<uint32_t>(bits), 2) + little(0, 4) + little(static_cast<uint32_t>(rows.size()), 4) + little(2835, 4) +
         little(2835, 4) + little(static_cast<uint32_t>(palette.size() / 4), 4) + little(0, 4) + palette + rows;
}

std::vector<std::string> others() {
  return {gif(5, 4),
          bmp(24, 2, 2, "", "\1\2\3\4\5\6\0\0\7\10\11\12\13\14\0\0"s),
          bmp(8, 3, 1, "\0\0\0\0\x80\x80\x80\0"s, "\0\1\0\0"s),
          bmp(32, 1, -1, "", "\1\2\3\4"s),
          bmp(1, 9, 1, "\0\0\0\0\xFF\xFF\xFF\0"s, "\xAA\x80\0\0"s),
          "P6 2 2 255\n\1\2\3\4\5\6\7\10\11\12\13\14"s,
          "P5\n# a comment\n3 1\n65535\n\1\2\3\4\5\6"s,
          "RIFF\1\1\1\1WEBPVP8 "s,
          "II*\0\10\0\0\0"s};
}

// Drops empty files, which the encoders return in a build without their library.
std::vector<std::string> texts_of(const std::vector<Bytes>& files) {
  std::vector<std::string> texts;
  for (const Bytes& file : files) {
    if (!file.empty()) texts.push_back(text_of(file));
  }
  return texts;
}

std::vector<std::string> webps() {
  const Image image = test::make_picture(12, 9);
  Bytes rgba = test::with_alpha(image);
  rgba[3] = 99;
  const Bytes webp = test::make_webp(12, 9, rgba);
  if (webp.empty()) return {};
  return texts_of({webp, test::make_lossy_webp(image), test::with_webp_orientation(webp, 12, 9, 6),
                   test::make_webp_animation(20, 11, webp, 12, 9, 2, 2)});
}

std::vector<std::string> tiffs() {
  const std::vector<uint16_t> values(9 * 7 * 4, 60), palette(3 * 16, 1000);
  std::vector<Bytes> files;
  for (const int compression : {1, 5, 8, 32773})
    files.push_back(
        test::make_tiff({.width = 9, .height = 7, .values = values, .compression = compression, .rows_per_strip = 3}));
  files.push_back(test::make_tiff({.width = 9, .height = 7, .photometric = 6, .values = values, .compression = 7}));
  files.push_back(
      test::make_tiff({.width = 9, .height = 7, .bits = 16, .values = values, .tile = 16, .planar = true, .mode = "wb"}));
  files.push_back(test::make_tiff({.width = 9, .height = 7, .samples = 4, .values = values, .alpha = 2, .mode = "w8"}));
  files.push_back(test::make_tiff({.width = 9, .height = 7, .samples = 4, .photometric = 5, .values = values, .orientation = 6}));
  files.push_back(test::make_tiff({.width = 9, .height = 7, .photometric = 8, .values = values}));
  files.push_back(test::make_tiff({.width = 9,
                                   .height = 7,
                                   .bits = 4,
                                   .samples = 1,
                                   .photometric = 3,
                                   .values = std::vector<uint16_t>(63, 5),
                                   .palette = palette}));
  return texts_of(files);
}

std::vector<std::string> heifs() {
  const std::vector<uint16_t> values(16 * 16 * 4, 60);
  std::vector<Bytes> files;
  for (const test::HeifCodec codec : {test::HeifCodec::kHeic, test::HeifCodec::kAvif}) {
    files.push_back(test::make_heif(codec, {.width = 16, .height = 16, .values = values, .lossless = false, .orientation = 6}));
    files.push_back(test::make_heif(codec, {.width = 16, .height = 16, .channels = 4, .values = values}));
  }
  return texts_of(files);
}

std::vector<std::string> jxls() {
  const std::vector<uint16_t> values(12 * 9 * 4, 60);
  return texts_of({test::make_jxl({.width = 12, .height = 9, .values = values, .orientation = 6}),
                   test::make_jxl({.width = 12, .height = 9, .values = values, .lossless = false, .container = true}),
                   test::make_jxl({.width = 12, .height = 9, .bits = 16, .channels = 4, .values = values, .frames = 2})});
}

std::vector<std::string> raws() {
  const Bytes jpeg = encode_jpeg(test::make_picture(24, 16), 60);
  return texts_of(
      {test::make_dng(jpeg, 24, 16, 6), test::make_dng(test::with_orientation(jpeg, 3, true), 24, 16), test::make_dng({}, 0, 0)});
}

std::vector<std::string> segments() {
  std::vector<std::string> inputs;
  for (const int orientation : {1, 3, 6, 8}) {
    for (const bool big_endian : {false, true}) {
      const Bytes jpeg = test::with_orientation({0xFF, 0xD8}, orientation, big_endian);
      inputs.push_back(text_of(jpeg).substr(6));  // after SOI, the marker and its length
    }
  }
  return inputs;
}

}  // namespace

std::map<std::string, Seeds> picture_seeds() {
  const std::vector<std::string> jpeg = jpegs(), png = pngs(), other = others();
  std::vector<std::string> all = other;
  all.push_back(jpeg.front());
  all.push_back(png.front());
  std::vector<std::string> colours = {"\x05\x07\x08\x06\x01\x01\x03\x03\x01\x01"s, "\x20\x03\x03\x20\x00\x05\x03\x09\x00\x00"s};
  for (std::string& input : colours) input += "\x00\xFF\x10\x80\x7F\x01\x02\x03\xFE\x40"s;
  return {{"jpeg",
           {with_transforms(jpeg),
            {"\xFF\xC0"s, "\xFF\xC2"s, "\xFF\xC4"s, "\xFF\xDA"s, "\xFF\xDD"s, "\xFF\xD0"s, "\xFF\xE1"s, "\xFF\xEE"s, "\xFF\xD9"s,
             "Adobe", "Exif\0\0"s}}},
          {"png", {with_transforms(png), {"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "CgBI"}}},
          {"picture", {with_transforms(all), {"GIF87a", "GIF89a", "BM", "P5", "P6", "\x21\xF9\x04"s, "\x2C"s}}},
          {"webp", {with_transforms(webps()), {"VP8X", "VP8L", "VP8 ", "ALPH", "ANIM", "ANMF", "EXIF", "ICCP"}}},
          {"tiff", {with_transforms(tiffs()), {"II*\0"s, "MM\0*"s, "II+\0\10\0"s, "\x42\1\4\0"s, "\x53\1\3\0"s, "\x5B\1"s}}},
          {"heif",
           {with_transforms(heifs()), {"ftyp", "heic", "mif1", "avif", "meta", "iloc", "iinf", "infe", "ipco", "ipma", "ispe",
                                       "irot", "imir", "clap", "grid", "iovl", "iden", "pixi", "hvcC", "av1C", "auxC", "idat"}}},
          {"jxl", {with_transforms(jxls()), {"jxlc", "jxlp", "brob", "Exif", "\xFF\x0A"s}}},
          {"raw",
           {with_transforms(raws()), {"FUJIFILMCCD-RAW", "IIRO", "IIU\0"s, "CR\2"s, "ftypcrx ", "HEAPCCDR", "NIKON", "Canon"}}},
          {"exif", {segments(), {"Exif\0\0"s, "II*\0"s, "MM\0*"s, "\x12\x01\x03\x00"s, "\x01\x12\x00\x03"s}}},
          {"resize", {colours}}};
}

}  // namespace tagloom::fuzz
