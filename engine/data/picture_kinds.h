#pragma once
// The kinds of files in a photo library, by extension and by their first bytes, and whether this build decodes them.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

struct PictureKind {
  const char* name;        // "JPEG", "HEIC", "raw", "video"
  const char* extensions;  // ".jpg .jpeg": in lower case, separated by spaces
  bool decoded;            // whether decode_image() reads it
  const char* package;     // Debian package of the decoding library; null if none is needed or none exists
};

std::span<const PictureKind> picture_kinds();

// The kind with this extension (".jpg", ".JPG"); null if there is none.
const PictureKind* picture_kind(std::string_view extension);

// The name of the kind that a file begins like, which may differ from that of its extension; "" if unknown. A raw file that looks like
// a TIFF is recognised by the extension of its name.
std::string_view content_kind(std::span<const uint8_t> bytes, const std::string& name);

// Whether decode_image() reads files with this extension.
bool is_picture_extension(std::string_view extension);

std::string decoded_extensions();  // ".jpg .jpeg …", for messages

// The decoding libraries, with their versions: "libwebp 1.2.4".
std::vector<std::string> picture_libraries();

}  // namespace tagloom
