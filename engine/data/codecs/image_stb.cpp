// Reads PNG, BMP and GIF with stb_image, and a PNG's EXIF orientation.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace {

// The memory of the calls to stb in this thread. stb inflates a PNG's data to any size, whatever its header says, does not report every
// failed allocation, and gives the same reason for sizes that overflow.
struct StbMemory {
  int64_t left = std::numeric_limits<int64_t>::max();
  bool allocation_failed = false, limit_reached = false;
};
thread_local StbMemory stb_memory;

// Before each block; keeps its alignment.
constexpr size_t kStbHeader = alignof(std::max_align_t);
static_assert(kStbHeader >= sizeof(size_t));

void* stb_allocate(size_t bytes) {
  if (bytes > static_cast<size_t>(std::max<int64_t>(stb_memory.left, 0))) {
    stb_memory.limit_reached = true;
    return nullptr;
  }
  auto* const block = static_cast<unsigned char*>(std::malloc(bytes + kStbHeader));
  stb_memory.allocation_failed |= block == nullptr;
  if (block == nullptr) return nullptr;
  std::memcpy(block, &bytes, sizeof bytes);
  stb_memory.left -= static_cast<int64_t>(bytes);
  return block + kStbHeader;
}

size_t stb_block_size(const void* memory) {
  size_t bytes;
  std::memcpy(&bytes, static_cast<const unsigned char*>(memory) - kStbHeader, sizeof bytes);
  return bytes;
}

void stb_release(void* memory) {
  if (memory == nullptr) return;
  stb_memory.left += static_cast<int64_t>(stb_block_size(memory));
  std::free(static_cast<unsigned char*>(memory) - kStbHeader);
}

void* stb_reallocate(void* memory, size_t bytes) {
  void* const moved = stb_allocate(bytes);
  if (moved == nullptr || memory == nullptr) return moved;
  std::memcpy(moved, memory, std::min(bytes, stb_block_size(memory)));
  stb_release(memory);
  return moved;
}

}  // namespace

#define STBI_MALLOC(bytes) stb_allocate(bytes)
#define STBI_REALLOC(memory, bytes) stb_reallocate(memory, bytes)
#define STBI_FREE(memory) stb_release(memory)
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
// Returns the bytes that decoding takes.
int64_t check_png_size(std::span<const uint8_t> bytes, const std::string& name) {
  const int64_t width = read32(bytes, 16), height = read32(bytes, 20), depth = std::max<int64_t>(bytes[24], 1);
  check_picture_size(width, height, name);
  constexpr int64_t kChannels[] = {1, 1, 3, 1, 2, 1, 4};  // by colour type
  constexpr int64_t kMostDeflated = 1032;                 // largest expansion by deflate
  const int64_t bits = depth * kChannels[std::min<size_t>(bytes[25], 6)];
  check_enough_bytes(width, height, bytes.size(), std::max<int64_t>(8 * kMostDeflated / bits, 1), name);
  const int64_t inflated = (width * bits + 7) / 8 * height, rgba = width * height * (depth == 16 ? 8 : 4);
  const int64_t needed = std::max(inflated, 3 * width * height) + rgba;
  check_decoder_memory(width, height, needed, bytes.size(), name);
  return needed;
}

// The other formats. A GIF's codes expand to at most 4096 pixels each, but its first frame may leave most of the picture empty: a
// million pixels are always accepted.
int64_t check_other_size(std::span<const uint8_t> bytes, int64_t width, int64_t height, const std::string& name) {
  check_picture_size(width, height, name);
  const bool gif = bytes[0] == 'G';
  const int64_t needed = width * height * (gif ? 12 : 7);
  if (gif && width * height <= 1 << 20) return needed;
  check_enough_bytes(width, height, bytes.size(), gif ? 4096 : 8, name);
  check_decoder_memory(width, height, needed, bytes.size(), name);
  return needed;
}

// Lets stb allocate three times what a picture takes, because it copies while it decodes and an interlaced PNG is larger, and the file.
void limit_memory(int64_t needed, size_t file_bytes) {
  stb_memory.left = 3 * needed + 4 * static_cast<int64_t>(file_bytes) + (1 << 20);
}

// For some damage stb sets no reason, and the one of an earlier failure or of a format that it tried first remains.
std::string failure_reason() {
  const char* const reason = std::exchange(stbi__g_failure_reason, nullptr);
  if (reason == nullptr || *reason == '\0' || std::strcmp(reason, "Not a PNG") == 0) return "its structure is invalid";
  return std::strcmp(reason, "Out of memory") == 0 ? "it needs more memory than a decoder can have" : reason;
}

template <class Value>
void check_decoded(const Value* pixels, const Reader& reader, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, !stb_memory.limit_reached,
              "{}: is damaged: its data decompress to far more than its header's pixels", name);
  TL_CHECK_AS(ErrorKind::kData, !reader.ran_out, "{}: is truncated after {} bytes", name, reader.bytes.size());
  if (pixels != nullptr) return;
  if (stb_memory.allocation_failed) throw DecoderOutOfMemory(name);
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
  stb_memory = {};
  if (png && bytes.size() >= 26) {
    limit_memory(check_png_size(bytes, name), bytes.size());
    const std::vector<Chunk> chunks = chunks_of(bytes, name);
    orientation = orientation_of(bytes, chunks);
    copy = without_empty_data(bytes, chunks);
    if (!copy.empty()) bytes = copy;
  }
  stbi__g_failure_reason = nullptr;
  int width = 0, height = 0, channels = 0;
  Reader header{bytes};
  const int understood = stbi_info_from_callbacks(&kCallbacks, &header, &width, &height, &channels);
  check_decoded(understood ? &understood : nullptr, header, name);
  if (!png) limit_memory(check_other_size(bytes, width, height, name), bytes.size());
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
