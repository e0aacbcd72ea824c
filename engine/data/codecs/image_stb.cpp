// Reads PNG, BMP and GIF with stb_image, and a PNG's EXIF orientation.
#include <cstdlib>

namespace {

// A failed allocation. stb does not always report one, and gives the same reason for sizes that overflow.
thread_local bool allocation_failed = false;

void* checked(void* memory) {
  allocation_failed |= memory == nullptr;
  return memory;
}

}  // namespace

#define STBI_MALLOC(bytes) checked(std::malloc(bytes))
#define STBI_REALLOC(memory, bytes) checked(std::realloc(memory, bytes))
#define STBI_FREE(memory) std::free(memory)
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_JPEG
#define STBI_NO_TGA
#define STBI_NO_PSD
#define STBI_NO_HDR
#define STBI_NO_PIC
#define STBI_NO_PNM
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb/stb_image.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/codecs/image_pixels.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// stb fills the rest of a truncated BMP or GIF with zeros, but first reads past the end of the file, which never happens for a
// complete file. That read marks the file as truncated.
struct Reader {
  std::span<const uint8_t> bytes;
  size_t position = 0;
  bool ran_out = false;
};

int read_bytes(void* user, char* data, int size) {
  Reader& reader = *static_cast<Reader*>(user);
  const size_t count = std::min(static_cast<size_t>(size), reader.bytes.size() - reader.position);
  reader.ran_out |= count == 0 && size > 0;
  std::memcpy(data, reader.bytes.data() + reader.position, count);
  reader.position += count;
  return static_cast<int>(count);
}

void skip_bytes(void* user, int count) {
  Reader& reader = *static_cast<Reader*>(user);
  const int64_t target = static_cast<int64_t>(reader.position) + count;
  reader.position = static_cast<size_t>(std::clamp<int64_t>(target, 0, static_cast<int64_t>(reader.bytes.size())));
}

int at_end(void* user) {
  const Reader& reader = *static_cast<Reader*>(user);
  return reader.position >= reader.bytes.size();
}

constexpr stbi_io_callbacks kCallbacks{read_bytes, skip_bytes, at_end};

int64_t read32(std::span<const uint8_t> bytes, size_t at) {
  return int64_t{bytes[at]} << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
}

struct Chunk {
  size_t at, bytes;  // with its length, type and checksum
  bool is_empty_data;
};

// The chunks of a PNG up to its end; any bytes may follow. Throws if one is longer than the file: stb allocates a chunk's length before
// it reads the chunk.
std::vector<Chunk> chunks_of(std::span<const uint8_t> png, const std::string& name) {
  std::vector<Chunk> chunks;
  for (size_t at = 8; at + 8 <= png.size();) {
    const int64_t length = read32(png, at), left = static_cast<int64_t>(png.size() - at) - 8;
    TL_CHECK_AS(ErrorKind::kData, length <= left, "{}: is truncated after {} bytes", name, png.size());
    const auto is = [&](const char* type) { return std::memcmp(&png[at + 4], type, 4) == 0; };
    chunks.push_back({at, std::min(12 + static_cast<size_t>(length), png.size() - at), is("IDAT") && length == 0});
    if (is("IEND")) break;
    at += 12 + static_cast<size_t>(length);
  }
  return chunks;
}

// For an empty first chunk of pixels, stb copies no bytes to a null pointer, which is undefined behaviour. Returns the file without
// such chunks; nothing if it has none.
std::vector<uint8_t> without_empty_data(std::span<const uint8_t> png, const std::vector<Chunk>& chunks) {
  std::vector<uint8_t> copy;
  if (std::none_of(chunks.begin(), chunks.end(), [](const Chunk& chunk) { return chunk.is_empty_data; })) return copy;
  const auto append = [&](size_t at, size_t bytes) { copy.insert(copy.end(), png.begin() + at, png.begin() + at + bytes); };
  append(0, 8);
  for (const Chunk& chunk : chunks) {
    if (!chunk.is_empty_data) append(chunk.at, chunk.bytes);
  }
  return copy;
}

int orientation_of(std::span<const uint8_t> png, const std::vector<Chunk>& chunks) {
  for (const Chunk& chunk : chunks) {
    const std::span<const uint8_t> all = png.subspan(chunk.at, chunk.bytes);
    if (all.size() > 12 && std::memcmp(&all[4], "eXIf", 4) == 0) return exif_orientation(all.subspan(8, all.size() - 12));
  }
  return 1;
}

// A PNG has its size in its first chunk; for one beyond its limits stb only reports "not of any known type".
void check_png_size(std::span<const uint8_t> bytes, const std::string& name) {
  const int64_t width = read32(bytes, 16), height = read32(bytes, 20), depth = std::max<int64_t>(bytes[24], 1);
  check_picture_size(width, height, name);
  constexpr int64_t kChannels[] = {1, 1, 3, 1, 2, 1, 4};  // by colour type
  constexpr int64_t kMostDeflated = 1032;                 // largest expansion by deflate
  const int64_t bits = depth * kChannels[std::min<size_t>(bytes[25], 6)];
  check_enough_bytes(width, height, bytes.size(), std::max<int64_t>(8 * kMostDeflated / bits, 1), name);
  const int64_t inflated = (width * bits + 7) / 8 * height, rgba = width * height * (depth == 16 ? 8 : 4);
  check_decoder_memory(width, height, std::max(inflated, 3 * width * height) + rgba, bytes.size(), name);
}

// The other formats. A GIF's codes expand to at most 4096 pixels each, but its first frame may leave most of the picture empty: a
// million pixels are always accepted.
void check_other_size(std::span<const uint8_t> bytes, int64_t width, int64_t height, const std::string& name) {
  check_picture_size(width, height, name);
  const bool gif = bytes[0] == 'G';
  if (gif && width * height <= 1 << 20) return;
  check_enough_bytes(width, height, bytes.size(), gif ? 4096 : 8, name);
  check_decoder_memory(width, height, width * height * (gif ? 12 : 7), bytes.size(), name);
}

// For some damage stb sets no reason, and the one of an earlier failure or of a format that it tried first remains.
std::string failure_reason() {
  const char* const reason = std::exchange(stbi__g_failure_reason, nullptr);
  if (reason == nullptr || *reason == '\0' || std::strcmp(reason, "Not a PNG") == 0) return "its structure is invalid";
  return std::strcmp(reason, "Out of memory") == 0 ? "it needs more memory than a decoder can have" : reason;
}

template <class Value>
void check_decoded(const Value* pixels, const Reader& reader, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, !reader.ran_out, "{}: is truncated after {} bytes", name, reader.bytes.size());
  if (pixels != nullptr) return;
  if (allocation_failed) throw DecoderOutOfMemory(name);
  fail(ErrorKind::kData, "{}: is a damaged or unreadable picture: {}", name, failure_reason());
}

struct Free {
  void operator()(void* pixels) const { stbi_image_free(pixels); }
};

}  // namespace

Image decode_with_stb(std::span<const uint8_t> bytes, const std::string& name) {
  const bool png = bytes[0] == 0x89;
  int orientation = 1;
  std::vector<uint8_t> copy;
  if (png && bytes.size() >= 26) {
    check_png_size(bytes, name);
    const std::vector<Chunk> chunks = chunks_of(bytes, name);
    orientation = orientation_of(bytes, chunks);
    copy = without_empty_data(bytes, chunks);
    if (!copy.empty()) bytes = copy;
  }
  stbi__g_failure_reason = nullptr;
  allocation_failed = false;
  int width = 0, height = 0, channels = 0;
  Reader header{bytes};
  const int understood = stbi_info_from_callbacks(&kCallbacks, &header, &width, &height, &channels);
  check_decoded(understood ? &understood : nullptr, header, name);
  if (!png) check_other_size(bytes, width, height, name);
  Image image{width, height, {}};

  Reader depth{bytes};
  const bool deep = stbi_is_16_bit_from_callbacks(&kCallbacks, &depth);
  Reader reader{bytes};
  if (deep) {
    const std::unique_ptr<stbi_us, Free> rgba(stbi_load_16_from_callbacks(&kCallbacks, &reader, &width, &height, &channels, 4));
    check_decoded(rgba.get(), reader, name);
    image.rgb.resize(static_cast<size_t>(width) * height * 3);
    rgb_from_rgba(rgba.get(), image.rgb.size() / 3, 65535, Alpha::kStraight, image.rgb.data());
  } else {
    const std::unique_ptr<stbi_uc, Free> rgba(stbi_load_from_callbacks(&kCallbacks, &reader, &width, &height, &channels, 4));
    check_decoded(rgba.get(), reader, name);
    image.rgb.resize(static_cast<size_t>(width) * height * 3);
    rgb_from_rgba(rgba.get(), image.rgb.size() / 3, 255, Alpha::kStraight, image.rgb.data());
  }
  return apply_orientation(std::move(image), orientation);
}

}  // namespace tagloom
