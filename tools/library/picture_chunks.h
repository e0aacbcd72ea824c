#pragma once
// Replaces the XMP packet of a PNG or WebP, chunk by chunk. Exiv2 would also turn the EXIF data of both into another form, in which fewer
// programs find the orientation.
#include <span>
#include <string>

namespace tagloom {

// The file with this packet, or with none if it is empty; all other chunks keep their bytes and order. A plain WebP gains the header of an
// extended one; `width` and `height` are its pixels. Throws Error(kData) for a damaged file.
std::string png_with_xmp(std::span<const std::byte> file, const std::string& packet, const std::string& name);
std::string webp_with_xmp(std::span<const std::byte> file, const std::string& packet, int width, int height,
                          const std::string& name);

}  // namespace tagloom
