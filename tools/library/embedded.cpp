#include "tools/library/embedded.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/io/folder.h"
#include "engine/io/mapped_file.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/library/exiv2_image.h"
#include "tools/library/iptc_digest.h"
#include "tools/library/picture_additions.h"
#include "tools/library/picture_chunks.h"
#include "tools/library/picture_parts.h"
#include "tools/library/rewrite_file.h"
#include "tools/library/xmp/exiv2_packet.h"
#include "tools/library/xmp/packet_edit.h"

namespace tagloom {
namespace {

constexpr size_t kLargestPicture = 512 << 20;
constexpr size_t kLongestIptcKeyword = 64;
constexpr const char* kKeywordKey = "Iptc.Application2.Keywords";

// Returns nothing if a character is not in Latin-1.
std::optional<std::string> latin1_of(const std::string& utf8) {
  std::string text;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte > 0xC3) return {};
    if (byte < 0x80) {
      text += utf8[i];
    } else {
      text += static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    }
  }
  return text;
}

bool contains_iptc(const std::vector<KeywordField>& fields) {
  return std::ranges::find(fields, KeywordField::kIptc) != fields.end();
}

bool is_ascii_text(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Returns why the file's IPTC cannot hold the keyword; empty if it can.
std::string iptc_obstacle(const std::string& keyword, const Exiv2::IptcData& data) {
  const IptcText text = iptc_text_of(data);
  const std::optional<std::string> latin1 = text == IptcText::kLatin1 ? latin1_of(keyword) : keyword;
  if (!latin1) return "the file's IPTC is in Latin-1";
  if (text == IptcText::kAscii && !is_ascii_text(keyword) && declares_other_set(data))
    return "the file's IPTC declares a character set other than UTF-8";
  if (latin1->size() > kLongestIptcKeyword)
    return format("it has {} bytes, and IPTC allows at most {}", latin1->size(), kLongestIptcKeyword);
  return "";
}

void add_iptc_keyword(Exiv2::IptcData& data, const std::string& keyword, PictureAdditions& additions) {
  const IptcText text = iptc_text_of(data);
  if (text == IptcText::kAscii && !is_ascii_text(keyword)) {
    data[kIptcCharacterSet] = std::string(kIptcUtf8);
    additions.declared_utf8 = true;
  }
  Exiv2::StringValue value(text == IptcText::kLatin1 ? *latin1_of(keyword) : keyword);
  data.add(Exiv2::IptcKey(kKeywordKey), &value);
}

void remove_iptc_keyword(Exiv2::IptcData& data, size_t index) {
  size_t count = 0;
  for (auto datum = data.begin(); datum != data.end(); ++datum) {
    if (datum->key() == kKeywordKey && count++ == index) {
      data.erase(datum);
      return;
    }
  }
}

// Removes the character set that Tagloom declared if no text needs it any more. Otherwise it stays until Tagloom's last keyword is removed,
// and then belongs to the user's keywords.
void remove_unused_set(Exiv2::IptcData& data, bool has_own_keywords, PictureAdditions& additions) {
  if (!additions.declared_utf8) return;
  const auto declared = data.findKey(Exiv2::IptcKey(kIptcCharacterSet));
  if (declared != data.end()) data.erase(declared);
  const bool is_unused = iptc_text_of(data) == IptcText::kAscii;
  if (!is_unused && declared != data.end()) data[kIptcCharacterSet] = std::string(kIptcUtf8);
  additions.declared_utf8 = !is_unused && has_own_keywords;
}

bool has_extension(const std::string& picture, std::initializer_list<std::string_view> extensions) {
  std::string extension = std::filesystem::path(picture).extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return std::ranges::find(extensions, extension) != extensions.end();
}

// Many RAW files have the signature of a TIFF, so a TIFF must also have its extension.
void check_format(const Exiv2::Image* image, const std::string& picture) {
  const int type = image == nullptr ? Exiv2::ImageType::none : image->imageType();
  const bool is_safe = type == Exiv2::ImageType::jpeg || type == Exiv2::ImageType::png || type == Exiv2::ImageType::webp ||
                       (type == Exiv2::ImageType::tiff && has_extension(picture, {".tif", ".tiff"}));
  TL_CHECK_AS(ErrorKind::kData, is_safe,
              "{}: keywords can be embedded only in JPEG, PNG, TIFF and WebP: write a sidecar with --format xmp", picture);
}

std::string contents_of(Exiv2::BasicIo& io) {
  io.open();
  io.seek(0, Exiv2::BasicIo::beg);
  const Exiv2::DataBuf buffer = io.read(static_cast<long>(io.size()));
  io.close();
  return {reinterpret_cast<const char*>(buffer.pData_), static_cast<size_t>(buffer.size_)};
}

std::vector<std::string> all_iptc(const Exiv2::IptcData& data) {
  std::vector<std::string> texts;
  for (const Exiv2::Iptcdatum& datum : data) texts.push_back(datum.key() + " " + datum.toString());
  std::ranges::sort(texts);
  return texts;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// Returns the file with this packet and these IPTC datasets, after checking that nothing else changed.
std::string rewritten(std::span<const std::byte> before, Exiv2::Image& image, const std::string& packet,
                      const std::string& name) {
  const PictureParts old_parts = picture_parts(before, name);
  const std::vector<std::string> iptc = all_iptc(image.iptcData());
  std::string after;
  if (image.imageType() == Exiv2::ImageType::png) {
    after = png_with_xmp(before, packet, name);
  } else if (image.imageType() == Exiv2::ImageType::webp) {
    after = webp_with_xmp(before, packet, image.pixelWidth(), image.pixelHeight(), name);
  } else {
    image.setXmpPacket(packet);
    image.writeXmpFromPacket(true);
    image.xmpData().setPacket(packet);  // used when a TIFF is written
    image.xmpData().usePacket(true);
    image.writeMetadata();
    after = contents_of(image.io());
  }
  const PictureParts new_parts = picture_parts(bytes_of(after), name);
  if (old_parts.iptc_digest.size() == new_parts.iptc_digest.size() && !old_parts.iptc_digest.empty() &&
      old_parts.iptc_digest == md5_of(old_parts.iptc)) {
    const auto offset = static_cast<std::ptrdiff_t>(new_parts.iptc_digest.data() - after.data());
    std::ranges::copy(md5_of(new_parts.iptc), after.begin() + offset);
  }

  const auto check = open_image(bytes_of(after));
  const bool as_written = check && xmp_packet_of(*check) == packet && all_iptc(check->iptcData()) == iptc;
  TL_CHECK_AS(ErrorKind::kData, as_written, "{}: left unchanged: Exiv2 does not read back the keywords it wrote", name);
  const auto &old_list = old_parts.parts, &new_list = new_parts.parts;
  for (size_t i = 0; i < std::max(old_list.size(), new_list.size()); ++i) {
    const bool same = i < old_list.size() && i < new_list.size() && old_list[i] == new_list[i];
    TL_CHECK_AS(ErrorKind::kData, same,
                "{}: left unchanged: Exiv2 would change more than keywords ({}): write a sidecar with --format xmp", name,
                i < old_list.size() ? old_list[i].first : new_list[i].first);
  }
  return after;
}

// Makes a hard link, so that the old file keeps all its attributes, or a copy if the file system has no hard links.
void keep_backup(const std::string& picture) {
  const std::string file = std::filesystem::canonical(picture).string(), backup = file + "_original";
  if (::link(file.c_str(), backup.c_str()) == 0) {
    if (const int error = sync_folder(std::filesystem::path(file).parent_path().string()))
      fail(ErrorKind::kData, "{}: cannot write: {}", backup, std::strerror(error));
    return;
  }
  if (errno == EEXIST) return;
  copy_with_attributes(file, backup);
}

}  // namespace

EmbeddedKeywords embedded_keywords(const std::string& picture) {
  EmbeddedKeywords found;
  const MappedFile file(picture);
  with_exiv2(picture, "its metadata cannot be read", [&] {
    const auto image = open_image(file.bytes());
    if (!image) return;
    if (auto keywords = iptc_keywords_of(image->iptcData()); !keywords.empty()) found.items[KeywordField::kIptc] = keywords;
    const std::string packet = xmp_packet_of(*image);
    if (packet.empty()) return;
    const XmpDocument document(packet, picture);
    found.items.merge(items_of(document));
    found.record = machine_tags_of(document);
    found.can_be_undone = !found.record.is_empty() || !additions_of(document).copied.empty();
  });
  return found;
}

EmbedResult embed_keywords(const std::string& picture, const KeywordRequest& request, bool backup) {
  EmbedResult result;
  const FileState state = state_of_writable(picture);
  const MappedFile file(picture);
  TL_CHECK_AS(ErrorKind::kData, file.bytes().size() <= kLargestPicture,
              "{}: has {} bytes; the limit for embedding keywords is {}", picture, file.bytes().size(), kLargestPicture);
  with_exiv2(picture, "left unchanged", [&] {
    std::vector<std::byte> copy(file.bytes().begin(),
                                file.bytes().end());  // Exiv2 modifies the buffer that a TIFF was opened from
    const auto image = open_image(copy);
    check_format(image.get(), picture);
    const std::string packet = xmp_packet_of(*image);
    std::optional<std::vector<XmpItem>> iptc;
    if (image->imageType() == Exiv2::ImageType::jpeg || image->imageType() == Exiv2::ImageType::tiff)
      iptc = iptc_keywords_of(image->iptcData());
    Exiv2::IptcData& data = image->iptcData();
    KeywordRequest fitting = request;
    for (const SuggestedTag& suggested : request.tags) {
      const std::string keyword = keyword_in(KeywordField::kIptc, suggested.tag), obstacle = iptc_obstacle(keyword, data);
      if (obstacle.empty() || !iptc || !contains_iptc(request.fields)) continue;
      fitting.unfit_for_iptc.push_back(keyword);
      result.notes.push_back(format("'{}' is not written to IPTC: {}", keyword, obstacle));
    }
    const PictureAdditions recorded = packet.empty() ? PictureAdditions() : additions_of(XmpDocument(packet, picture));
    PictureAdditions additions = recorded;
    const std::string copied = with_copies(packet, iptc_keywords_of(data), fitting, additions, picture);
    PacketEdit edit = edit_packet(copied, fitting, picture, iptc);
    if (!edit.plan.changes && copied == packet && additions == recorded) return;
    for (const size_t index : edit.plan.removed[KeywordField::kIptc]) remove_iptc_keyword(data, index);
    for (const std::string& keyword : edit.plan.added[KeywordField::kIptc]) add_iptc_keyword(data, keyword, additions);
    remove_unused_set(data, edit.plan.record.written.contains(KeywordField::kIptc), additions);
    const std::string edited = with_additions(edit.packet, additions, packet, picture);
    const std::string after = rewritten(file.bytes(), *image, edited, picture);
    if (backup) keep_backup(picture);
    rewrite_file(picture, state, after);
    result.changed = true;
  });
  return result;
}

}  // namespace tagloom
