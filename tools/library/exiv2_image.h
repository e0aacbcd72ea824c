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

// Returns null for a format that Exiv2 does not support. The bytes must outlive the image. Call inside with_exiv2().
std::unique_ptr<Exiv2::Image> open_image(std::span<const std::byte> bytes);

// Returns the packet unchanged; empty if the file has none.
std::string xmp_packet_of(Exiv2::Image& image);

enum class IptcText { kAscii, kUtf8, kLatin1 };
IptcText iptc_text_of(const Exiv2::IptcData& data);
bool declares_other_set(const Exiv2::IptcData& data);  // a character set other than UTF-8

inline constexpr const char* kIptcCharacterSet = "Iptc.Envelope.CharacterSet";
inline constexpr const char* kIptcUtf8 = "\x1B%G";

// Returns UTF-8. If the file declares no character set, keywords that are not UTF-8 are read as Latin-1.
std::vector<XmpItem> iptc_keywords_of(const Exiv2::IptcData& data);

}  // namespace tagloom
