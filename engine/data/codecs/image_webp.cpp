// Reads WebP, or the first frame of an animation on its canvas, with libwebp.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct FirstFrame {
  WebPIterator frame{};
  bool found = false;

  explicit FirstFrame(const WebPDemuxer* demux) : found(WebPDemuxGetFrame(demux, 1, &frame) != 0) {}
  ~FirstFrame() { WebPDemuxReleaseIterator(&frame); }
  FirstFrame(const FirstFrame&) = delete;
  FirstFrame& operator=(const FirstFrame&) = delete;
};

int webp_orientation(const WebPDemuxer* demux) {
  WebPChunkIterator chunk{};
  const bool found = WebPDemuxGetChunk(demux, "EXIF", 1, &chunk) != 0;
  const int orientation = found ? exif_orientation({chunk.chunk.bytes, chunk.chunk.size}) : 1;
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

void check_webp(VP8StatusCode status, size_t bytes, const std::string& name) {
  if (status == VP8_STATUS_OK) return;
  if (status == VP8_STATUS_OUT_OF_MEMORY) throw DecoderOutOfMemory(name);
  TL_CHECK_AS(ErrorKind::kData, status != VP8_STATUS_NOT_ENOUGH_DATA && status != VP8_STATUS_SUSPENDED,
              "{}: is truncated after {} bytes", name, bytes);
  fail(ErrorKind::kData, "{}: is a damaged or unreadable WebP picture", name);
}

// Decodes a frame onto a white canvas.
void draw_frame(const WebPIterator& frame, Image& canvas, size_t file_bytes, int64_t memory, const std::string& name) {
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  check_webp(WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &config.input), file_bytes, name);
  const int width = config.input.width, height = config.input.height;
  TL_CHECK_AS(ErrorKind::kData,
              width == frame.width && height == frame.height && frame.x_offset >= 0 && frame.y_offset >= 0 &&
                  width <= canvas.width - frame.x_offset && height <= canvas.height - frame.y_offset,
              "{}: is damaged: a frame of {} x {} pixels at {}, {} is outside its canvas of {} x {}", name, width, height,
              frame.x_offset, frame.y_offset, canvas.width, canvas.height);
  const int64_t pixels = int64_t{width} * height;
  const bool lossless = config.input.format == 2, alpha = config.input.has_alpha != 0;
  memory += pixels * ((alpha ? 4 : 0) + (lossless ? 4 : alpha ? 1 : 0));
  check_decoder_memory(canvas.width, canvas.height, memory, file_bytes, name);

  canvas.rgb.assign(static_cast<size_t>(canvas.width) * canvas.height * 3, 255);
  const auto row = [&](int y) {
    return &canvas.rgb[(static_cast<size_t>(frame.y_offset + y) * canvas.width + frame.x_offset) * 3];
  };
  std::vector<uint8_t> rgba(alpha ? static_cast<size_t>(pixels) * 4 : 0);
  config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  WebPRGBABuffer& out = config.output.u.RGBA;
  out.rgba = alpha ? rgba.data() : row(0);
  out.stride = alpha ? width * 4 : canvas.width * 3;
  out.size = alpha ? rgba.size() : canvas.rgb.size() - static_cast<size_t>(row(0) - canvas.rgb.data());
  check_webp(WebPDecode(frame.fragment.bytes, frame.fragment.size, &config), file_bytes, name);
  for (int y = 0; alpha && y < height; ++y)
    rgb_from_rgba(&rgba[static_cast<size_t>(y) * width * 4], static_cast<size_t>(width), 255, Alpha::kStraight, row(y));
}

}  // namespace

Image decode_webp(std::span<const uint8_t> bytes, const std::string& name) {
  const WebPData data{bytes.data(), bytes.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demux(WebPDemuxPartial(&data, &state), &WebPDemuxDelete);
  if (demux == nullptr || state == WEBP_DEMUX_PARSE_ERROR)
    check_webp(state == WEBP_DEMUX_PARSING_HEADER ? VP8_STATUS_NOT_ENOUGH_DATA : VP8_STATUS_BITSTREAM_ERROR, bytes.size(), name);
  TL_CHECK_AS(ErrorKind::kData, state == WEBP_DEMUX_DONE, "{}: is truncated after {} bytes", name, bytes.size());
  const int64_t width = WebPDemuxGetI(demux.get(), WEBP_FF_CANVAS_WIDTH),
                height = WebPDemuxGetI(demux.get(), WEBP_FF_CANVAS_HEIGHT);
  check_picture_size(width, height, name);
  // A picture of one colour, or a canvas around a small frame, compresses to almost nothing, so 16 million pixels are always accepted.
  if (width * height > 1 << 24) check_enough_bytes(width, height, bytes.size(), 4096, name);
  const FirstFrame first(demux.get());
  TL_CHECK_AS(ErrorKind::kData, first.found, "{}: is damaged: it has no picture", name);
  const int orientation = webp_orientation(demux.get());
  Image canvas{static_cast<int>(width), static_cast<int>(height), {}};
  draw_frame(first.frame, canvas, bytes.size(), width * height * (orientation == 1 ? 3 : 6), name);
  return apply_orientation(std::move(canvas), orientation);
}

std::string webp_library() {
  const int version = WebPGetDecoderVersion();
  return format("libwebp {}.{}.{}", version >> 16, version >> 8 & 255, version & 255);
}

}  // namespace tagloom
