#pragma once
// The codecs behind image.cpp. Each has its own .cpp, the only one that includes its library's header. Codecs of optional libraries are
// compiled only if the library was found (found_libraries.h).
#include <cstdint>
#include <span>
#include <string>

#include "engine/data/image.h"

namespace tagloom {

// Applies the file's orientation, or `orientation` if the file has none.
Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int least_side, int orientation = 1);
Image decode_with_stb(std::span<const uint8_t> bytes, const std::string& name);
Image decode_pnm(std::span<const uint8_t> bytes, const std::string& name);
Image decode_webp(std::span<const uint8_t> bytes, const std::string& name);                 // the first frame of an animation
Image decode_tiff(std::span<const uint8_t> bytes, const std::string& name);                 // the first page
Image decode_heif(std::span<const uint8_t> bytes, const std::string& name);                 // HEIC and AVIF: the primary picture
Image decode_jxl(std::span<const uint8_t> bytes, const std::string& name);                  // the first frame of an animation
Image decode_raw(std::span<const uint8_t> bytes, const std::string& name, int least_side);  // a raw file's preview

// "libwebp 1.2.4"
std::string jpeg_library();
std::string webp_library();
std::string tiff_library();
std::string heif_library();
std::string jxl_library();
std::string raw_library();

bool heif_decodes_heic();
bool heif_decodes_avif();

// Whether the file is in a camera's raw format, many of which are based on TIFF.
bool is_raw_file(std::span<const uint8_t> bytes);

// The orientation (1 to 8) in EXIF data, which may begin with "Exif\0\0"; `missing` if there is none or it is invalid.
int exif_orientation(std::span<const uint8_t> exif, int missing = 1);
// Returns the picture rotated and mirrored for display.
Image apply_orientation(Image image, int orientation);

// Throws if a picture has no pixels or exceeds the limit.
void check_picture_size(int64_t width, int64_t height, const std::string& name);
// Throws if the file is too small for its pixels: a few bytes that claim millions of pixels would otherwise allocate gigabytes.
void check_enough_bytes(int64_t width, int64_t height, size_t bytes, int64_t pixels_per_byte, const std::string& name);
// The bytes that decoding a file of this size may allocate: 512 MiB plus 64 times the size of the file.
int64_t decoder_memory(size_t file_bytes);
// Throws if a decoder would allocate more. Call it before decoding.
void check_decoder_memory(int64_t width, int64_t height, int64_t needed, size_t file_bytes, const std::string& name);
void check_consistent(const Image& image, const char* subject);

// A library's message for use within a sentence: without control characters, non-ASCII bytes or a final full stop.
std::string printable(const char* message);

}  // namespace tagloom
