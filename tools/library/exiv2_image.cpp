#include "tools/library/exiv2_image.h"

#include <algorithm>
#include <utility>

#include "kernels/text/utf8.h"
#include "tools/library/keyword_fields.h"

namespace tagloom {
namespace {

// Only formats that have a signature; Exiv2 mistakes many other files for TGA.
constexpr int kTypes[] = {Exiv2::ImageType::jpeg, Exiv2::ImageType::png, Exiv2::ImageType::tiff, Exiv2::ImageType::webp,
                          Exiv2::ImageType::cr2,  Exiv2::ImageType::crw, Exiv2::ImageType::orf,  Exiv2::ImageType::rw2,
                          Exiv2::ImageType::raf,  Exiv2::ImageType::mrw};

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string utf8_of_latin1(const std::string& text) {
  std::string utf8;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      utf8 += c;
    } else {
      utf8 += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    }
  }
  return utf8;
}

}  // namespace

std::unique_ptr<Exiv2::Image> open_image(std::span<const std::byte> bytes) {
  const auto* data = reinterpret_cast<const Exiv2::byte*>(bytes.data());
  int type = 0;
  try {
    type = Exiv2::ImageFactory::getType(data, static_cast<long>(bytes.size()));
  } catch (const Exiv2::AnyError&) {  // the file is shorter than some signature
    return nullptr;
  }
  if (std::ranges::find(kTypes, type) == std::end(kTypes)) return nullptr;
  std::unique_ptr<Exiv2::Image> image(Exiv2::ImageFactory::open(data, static_cast<long>(bytes.size())).release());
  image->readMetadata();
  return image;
}

std::string xmp_packet_of(Exiv2::Image& image) {
  const std::string& packet = std::as_const(image).xmpPacket();
  return packet.empty() ? image.xmpData().xmpPacket() : packet;
}

IptcText iptc_text_of(const Exiv2::IptcData& data) {
  bool ascii = true, utf8 = true;
  for (const Exiv2::Iptcdatum& datum : data) {
    const std::string text = datum.toString();
    if (datum.key() == kIptcCharacterSet) {
      if (text == kIptcUtf8) return IptcText::kUtf8;
    } else if (datum.typeId() == Exiv2::string) {
      ascii &= is_ascii(text);
      utf8 &= find_invalid_utf8(text) == std::string::npos;
    }
  }
  return ascii ? IptcText::kAscii : utf8 ? IptcText::kUtf8 : IptcText::kLatin1;
}

bool declares_other_set(const Exiv2::IptcData& data) {
  return std::ranges::any_of(data, [](const Exiv2::Iptcdatum& datum) {
    return datum.key() == kIptcCharacterSet && datum.toString() != kIptcUtf8 && !datum.toString().empty();
  });
}

std::vector<XmpItem> iptc_keywords_of(const Exiv2::IptcData& data) {
  const bool latin1 = iptc_text_of(data) == IptcText::kLatin1;
  std::vector<XmpItem> keywords;
  for (const Exiv2::Iptcdatum& datum : data) {
    if (datum.key() != "Iptc.Application2.Keywords") continue;
    const std::string text = latin1 ? utf8_of_latin1(datum.toString()) : datum.toString();
    keywords.push_back({text, trimmed(text) == text});
  }
  return keywords;
}

}  // namespace tagloom
