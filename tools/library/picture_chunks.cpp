#include "tools/library/picture_chunks.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

using namespace std::string_literals;

constexpr size_t kPngSignature = 8, kRiffHeader = 12;
constexpr char kWebpHasXmp = 4, kWebpHasAlpha = 16;

std::string number_text(uint64_t value, int bytes, bool little) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i));
  return text;
}

// CRC-32 of ISO 3309, as at the end of a PNG chunk.
uint32_t crc_of(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

struct Chunk {
  std::string type;
  std::string_view content, whole;
};

// Splits the file from `at` on. A PNG chunk stores its size, type, content and CRC; a RIFF chunk its type, size, content and padding.
std::vector<Chunk> chunks_of(std::string_view file, size_t at, bool png, const std::string& name) {
  std::vector<Chunk> chunks;
  while (at < file.size()) {
    TL_CHECK_AS(ErrorKind::kData, file.size() - at >= 8, "{}: is damaged: its last chunk is truncated", name);
    const size_t number = png ? at : at + 4;
    uint64_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<uint8_t>(file[number + (png ? i : 3 - i)]);
    const uint64_t whole = 8 + size + (png ? 4 : size & 1);
    TL_CHECK_AS(ErrorKind::kData, whole <= file.size() - at, "{}: is damaged: a chunk is truncated", name);
    chunks.push_back({std::string(file.substr(png ? at + 4 : at, 4)), file.substr(at + 8, size), file.substr(at, whole)});
    at += whole;
    if (png && chunks.back().type == "IEND") break;
  }
  TL_CHECK_AS(ErrorKind::kData, !chunks.empty(), "{}: is damaged: it has no chunks", name);
  return chunks;
}

std::string riff_chunk(const std::string& type, const std::string& content) {
  return type + number_text(content.size(), 4, true) + content + std::string(content.size() & 1, '\0');
}

bool has_alpha(const Chunk& chunk) { return chunk.type == "VP8L" && chunk.content.size() > 4 && (chunk.content[4] & 0x10) != 0; }

std::string_view text_of_file(std::span<const std::byte> file) {
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

}  // namespace

std::string png_with_xmp(std::span<const std::byte> file, const std::string& packet, const std::string& name) {
  const std::string_view bytes = text_of_file(file);
  const std::string key = "XML:com.adobe.xmp\0"s, content = "iTXt" + key + "\0\0\0\0"s + packet;
  const std::string chunk = number_text(content.size() - 4, 4, false) + content + number_text(crc_of(content), 4, false);
  std::string result(bytes.substr(0, kPngSignature));
  size_t read = kPngSignature;
  for (const Chunk& each : chunks_of(bytes, kPngSignature, true, name)) {
    read += each.whole.size();
    if (each.type == "iTXt" && each.content.starts_with(key)) continue;
    result += each.whole;
    if (each.type == "IHDR" && !packet.empty()) result += chunk;
  }
  return result.append(bytes.substr(read));
}

std::string webp_with_xmp(std::span<const std::byte> file, const std::string& packet, int width, int height,
                          const std::string& name) {
  std::string body;
  const std::vector<Chunk> chunks = chunks_of(text_of_file(file), kRiffHeader, false, name);
  if (chunks[0].type != "VP8X" && !packet.empty()) {
    std::string header(4, '\0');
    header[0] = has_alpha(chunks[0]) ? kWebpHasAlpha : 0;
    header += number_text(static_cast<uint64_t>(width - 1), 3, true) + number_text(static_cast<uint64_t>(height - 1), 3, true);
    body += riff_chunk("VP8X", header);
  }
  for (const Chunk& each : chunks) {
    if (each.type != "XMP ") body += each.whole;
  }
  if (body.starts_with("VP8X")) body[8] = static_cast<char>(packet.empty() ? body[8] & ~kWebpHasXmp : body[8] | kWebpHasXmp);
  if (!packet.empty()) body += riff_chunk("XMP ", packet);
  return "RIFF" + number_text(body.size() + 4, 4, true) + "WEBP" + body;
}

}  // namespace tagloom
