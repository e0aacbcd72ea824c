#pragma once
// Splits a picture file into parts, so that everything but the keywords can be compared before and after an edit.
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tagloom {

struct PictureParts {
  // The name and bytes of each part, in file order: the segments of a JPEG and everything from its image data on; the chunks of a PNG or
  // WebP; the entries of a TIFF's directories (including EXIF and sub-directories), its strips and its tiles. Without offsets, the
  // containers of XMP and IPTC, and the value of the digest.
  std::vector<std::pair<std::string, std::string>> parts;
  // In the file; empty if it has none. The digest is Photoshop's MD5 of the IPTC block (resource 0x0425): readers that find another value
  // know that the IPTC data is newer than the XMP packet.
  std::string_view iptc, iptc_digest;
};

// Throws Error(kData) for a file that cannot be split or edited without loss: a JPEG with a multi-picture index (MPF), a TIFF with several
// pages, an animated PNG; several XMP packets, or one in a PNG chunk of a form that was never standard.
PictureParts picture_parts(std::span<const std::byte> file, const std::string& name);

}  // namespace tagloom
