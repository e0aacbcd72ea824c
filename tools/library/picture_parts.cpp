#include "tools/library/picture_parts.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Reads numbers and texts with bounds checks.
class Bytes {
 public:
  Bytes(std::string_view bytes, const std::string& name, bool little = false) : bytes_(bytes), name_(name), little_(little) {}
  uint64_t number(uint64_t at, unsigned size) const {
    const std::string_view text = cut(at, size);
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value = value << 8 | static_cast<uint8_t>(text[little_ ? size - 1 - i : i]);
    return value;
  }
  std::string_view cut(uint64_t at, uint64_t size) const {
    TL_CHECK_AS(ErrorKind::kData, at <= bytes_.size() && size <= bytes_.size() - at, "{}: its structure is damaged at byte {}",
                name_, at);
    return bytes_.substr(at, size);
  }
  uint64_t size() const { return bytes_.size(); }
  const std::string& name() const { return name_; }

 private:
  std::string_view bytes_;
  const std::string& name_;
  bool little_;
};

constexpr std::string_view kPhotoshop("Photoshop 3.0\0", 14);
constexpr std::string_view kJpegXmp("http://ns.adobe.com/xap/1.0/\0", 29);

// Exiv2 edits the first container, and loses the others or leaves old keywords in them.
void check_single(int containers, const char* what, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, containers <= 1,
              "{}: has {} {}, of which only one can be edited: merge them first, or write a sidecar with --format xmp", name,
              containers, what);
}

// Splits a Photoshop block into resources. Exiv2 merges several IPTC resources (0x0404); readers compare the digest with the first.
void add_resources(const Bytes& block, PictureParts& found) {
  for (uint64_t at = 0; at + 12 <= block.size();) {
    const uint64_t id = block.number(at + 4, 2), name = block.number(at + 6, 1), padded_name = (name + 2) & ~uint64_t{1};
    const uint64_t size = block.number(at + 6 + padded_name, 4);
    const uint64_t end = at + 10 + padded_name + size;
    if (id == 0x0404) {
      if (found.iptc.empty()) found.iptc = block.cut(end - size, size);
    } else if (id == 0x0425 && size == 16 && found.iptc_digest.empty()) {
      found.iptc_digest = block.cut(end - size, size);
      found.parts.emplace_back("digest of IPTC", "");
    } else {
      found.parts.emplace_back(format("resource {:04x}", id), block.cut(at, end - at));
    }
    at = end + (size & 1);
  }
}

void add_jpeg(const Bytes& file, PictureParts& found) {
  int packets = 0;
  for (uint64_t at = 2; at < file.size();) {
    const uint64_t marker = file.number(at, 2);
    TL_CHECK_AS(ErrorKind::kData, marker >= 0xFF01, "{}: its structure is damaged at byte {}", file.name(), at);
    if (marker == 0xFFFF) {  // padding
      ++at;
      continue;
    }
    if (marker == 0xFFDA) {
      found.parts.emplace_back("image", file.cut(at, file.size() - at));
      check_single(packets, "XMP packets", file.name());
      return;
    }
    const uint64_t size = file.number(at + 2, 2);
    TL_CHECK_AS(ErrorKind::kData, size >= 2, "{}: its structure is damaged at byte {}", file.name(), at);
    const std::string_view content = file.cut(at + 4, size - 2);
    at += 2 + size;
    TL_CHECK_AS(ErrorKind::kData, marker != 0xFFE2 || !content.starts_with(std::string_view("MPF\0", 4)),
                "{}: contains several pictures, whose offsets an edit would break", file.name());
    if (marker == 0xFFED && content.starts_with(kPhotoshop)) {
      add_resources(Bytes(content.substr(kPhotoshop.size()), file.name()), found);
    } else if (marker == 0xFFE1 && content.starts_with(kJpegXmp)) {
      ++packets;
    } else {
      found.parts.emplace_back(format("segment {:04x}", marker), content);
    }
  }
}

// Programs wrote XMP in other chunks before the standard named one, and still read it there.
bool has_old_xmp(const std::string& type, std::string key) {
  std::ranges::transform(key, key.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return (key == "xml:com.adobe.xmp" && type != "iTXt") || key == "raw profile type xmp" || key == "raw profile type app1";
}

void add_png(const Bytes& file, PictureParts& found) {
  int packets = 0;
  for (uint64_t at = 8; at < file.size();) {
    const uint64_t size = file.number(at, 4);
    const std::string type(file.cut(at + 4, 4));
    const std::string_view content = file.cut(at + 8, size);
    at += 12 + size;
    TL_CHECK_AS(ErrorKind::kData, type != "acTL", "{}: is animated", file.name());
    const bool is_text = type == "iTXt" || type == "zTXt" || type == "tEXt";
    const std::string key(content.substr(0, std::min(content.find('\0'), size_t{80})));
    TL_CHECK_AS(
        ErrorKind::kData, !is_text || !has_old_xmp(type, key),
        "{}: has XMP in an old form (a {} chunk with the key '{}'), beside which an edit would put a second packet: write a "
        "sidecar with --format xmp",
        file.name(), type, key);
    if (is_text && key == "XML:com.adobe.xmp") {
      ++packets;
    } else {
      found.parts.emplace_back(type, content);
    }
    if (type == "IEND") found.parts.emplace_back("after the end", file.cut(at, file.size() - std::min(at, file.size())));
    if (type == "IEND") break;
  }
  check_single(packets, "XMP packets", file.name());
}

void add_webp(const Bytes& file, PictureParts& found) {
  int packets = 0;
  for (uint64_t at = 12; at + 8 <= file.size();) {
    const std::string type(file.cut(at, 4));
    const uint64_t size = file.number(at + 4, 4);
    if (type == "XMP ") {
      ++packets;
    } else if (type != "VP8X") {
      found.parts.emplace_back(type, file.cut(at + 8, size));
    }
    at += 8 + size + (size & 1);
  }
  check_single(packets, "XMP packets", file.name());
}

constexpr uint64_t kTypeBytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
uint64_t bytes_of_type(uint64_t type) { return type < std::size(kTypeBytes) ? kTypeBytes[type] : 1; }

constexpr uint64_t kStrips = 273, kStripBytes = 279, kTiles = 324, kTileBytes = 325, kSubDirectories = 330, kJpeg = 513,
                   kJpegBytes = 514;
constexpr uint64_t kXmp = 700, kIptc = 33723, kPhotoshopTag = 34377, kExif = 34665, kGps = 34853, kInterop = 40965;

class Tiff {
 public:
  Tiff(const Bytes& file, PictureParts& found) : file_(file), found_(found) {}

  std::string_view iptc() const { return iptc_; }

  // Returns the position of the next directory.
  uint64_t add_directory(uint64_t at, const std::string& name) {
    TL_CHECK_AS(ErrorKind::kData, seen_.insert(at).second && seen_.size() < 100, "{}: it has a loop of directories, or too many",
                file_.name());
    const uint64_t entries = file_.number(at, 2);
    std::map<uint64_t, std::vector<uint64_t>> numbers;
    for (uint64_t i = 0; i < entries; ++i) {
      const uint64_t entry = at + 2 + 12 * i, tag = file_.number(entry, 2), type = file_.number(entry + 2, 2);
      const uint64_t count = file_.number(entry + 4, 4), bytes = bytes_of_type(type) * count;
      const uint64_t value = bytes <= 4 ? entry + 8 : file_.number(entry + 8, 4);
      switch (tag) {
        case kXmp:
          check_single(++packets_, "XMP packets", file_.name());
          break;
        case kIptc:
          check_single(++iptc_blocks_, "IPTC blocks", file_.name());
          iptc_ = file_.cut(value, bytes);
          break;
        case kPhotoshopTag:
          add_resources(Bytes(file_.cut(value, bytes), file_.name()), found_);
          break;
        case kStrips:
        case kTiles:
        case kJpeg:
        case kStripBytes:
        case kTileBytes:
        case kJpegBytes:
        case kSubDirectories:
        case kExif:
        case kGps:
        case kInterop:
          for (uint64_t k = 0; k < count; ++k)
            numbers[tag].push_back(file_.number(value + k * bytes_of_type(type), static_cast<unsigned>(bytes_of_type(type))));
          break;
        default:
          found_.parts.emplace_back(format("{} {} {} {}", name, tag, type, count), file_.cut(value, bytes));
      }
    }
    for (const auto& [offsets, sizes] : {std::pair(kStrips, kStripBytes), {kTiles, kTileBytes}, {kJpeg, kJpegBytes}}) {
      const std::vector<uint64_t>&first = numbers[offsets], &second = numbers[sizes];
      TL_CHECK_AS(ErrorKind::kData, first.size() == second.size(), "{}: its image data is damaged", file_.name());
      for (size_t i = 0; i < first.size(); ++i) found_.parts.emplace_back(name + " image", file_.cut(first[i], second[i]));
    }
    for (const uint64_t tag : {kSubDirectories, kExif, kGps, kInterop}) {
      for (const uint64_t position : numbers[tag]) add_directory(position, format("{}/{}", name, tag));
    }
    return file_.number(at + 2 + 12 * entries, 4);
  }

 private:
  const Bytes& file_;
  PictureParts& found_;
  std::set<uint64_t> seen_;
  int packets_ = 0, iptc_blocks_ = 0;
  std::string_view iptc_;
};

}  // namespace

PictureParts picture_parts(std::span<const std::byte> file, const std::string& name) {
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
  PictureParts found;
  if (bytes.starts_with("\xFF\xD8")) {
    add_jpeg(Bytes(bytes, name), found);
  } else if (bytes.starts_with("\x89PNG\r\n\x1A\n")) {
    add_png(Bytes(bytes, name), found);
  } else if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) {
    add_webp(Bytes(bytes, name, true), found);
  } else {
    const bool little = bytes.starts_with(std::string_view("II\x2A\0", 4));
    TL_CHECK_AS(ErrorKind::kData, little || bytes.starts_with(std::string_view("MM\0\x2A", 4)),
                "{}: keywords can be embedded only in JPEG, PNG, TIFF and WebP: write a sidecar with --format xmp", name);
    const Bytes tiff(bytes, name, little);
    Tiff directories(tiff, found);
    const uint64_t next = directories.add_directory(tiff.number(4, 4), "page");
    TL_CHECK_AS(ErrorKind::kData, next == 0,
                "{}: has several pages, some of which Exiv2 may lose: write a sidecar with --format xmp", name);
    if (!directories.iptc().empty()) found.iptc = directories.iptc();  // not the copy in the Photoshop block
  }
  return found;
}

}  // namespace tagloom
