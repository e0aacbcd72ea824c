#pragma once
// A picture file that Exiv2 has read from memory: its XMP packet and IPTC keywords.
#include <exiv2/exiv2.hpp>
#include <exiv2/webpimage.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/library/xmp/xmp_document.h"

namespace tagloom {

// Empty for a file of a format that Exiv2 does not know. The bytes must outlive the image. Call inside with_exiv2().
std::unique_ptr<Exiv2::Image> open_image(std::span<const std::byte> bytes);

// As it is in the file; empty if it has none.
std::string xmp_packet_of(Exiv2::Image& image);

enum class IptcText { kAscii, kUtf8, kLatin1 };
IptcText iptc_text_of(const Exiv2::IptcData& data);

// In UTF-8. A keyword of a file that declares no character set is Latin-1 if it is not UTF-8.
std::vector<XmpItem> iptc_keywords_of(const Exiv2::IptcData& data);

}  // namespace tagloom
