#pragma once
// Splits a picture file into parts, so that everything but the keywords can be compared before and after an edit.
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tagloom {

// Returns the name and bytes of each part, in file order: the segments of a JPEG and everything from its image data on; the chunks of a PNG
// or WebP; the entries of a TIFF's directories (including EXIF and sub-directories), its strips and its tiles. Offsets and the containers
// of XMP and IPTC are excluded; of a Photoshop segment, only IPTC and its digest are. Throws Error(kData) for a file that cannot be split
// or contains several pictures: a JPEG with a multi-picture index (MPF), a TIFF with several pages, an animated PNG.
std::vector<std::pair<std::string, std::string>> picture_parts(std::span<const std::byte> file, const std::string& name);

}  // namespace tagloom
