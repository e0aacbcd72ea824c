#pragma once
// Replaces the XMP packet of a PNG or WebP file, chunk by chunk. Exiv2 would also convert the EXIF data to a form in which fewer programs
// find the orientation.
#include <span>
#include <string>

namespace tagloom {

// Returns the file with this packet, or without a packet if it is empty. All other chunks keep their bytes and order. A simple WebP file is
// converted to the extended format, whose header stores `width` and `height` in pixels. Throws Error(kData) for a damaged file.
std::string png_with_xmp(std::span<const std::byte> file, const std::string& packet, const std::string& name);
std::string webp_with_xmp(std::span<const std::byte> file, const std::string& packet, int width, int height,
                          const std::string& name);

}  // namespace tagloom
