#pragma once
// Splits a picture file into its parts, to compare everything but the keywords before and after an edit.
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tagloom {

// A part's name and bytes, in the order of the file: the segments of a JPEG and everything from its image data on, the chunks of a PNG or
// WebP, the entries of a TIFF's directories (also EXIF and sub-directories) and its strips and tiles. Positions in the file and the
// containers of XMP and IPTC are left out; from a Photoshop segment only IPTC and its digest. Throws Error(kData) for a file that has no
// such parts or holds several pictures: a JPEG with a multi-picture index (MPF), a TIFF with several pages, an animated PNG.
std::vector<std::pair<std::string, std::string>> picture_parts(std::span<const std::byte> file, const std::string& name);

}  // namespace tagloom
