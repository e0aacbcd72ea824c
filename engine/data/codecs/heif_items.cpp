// Parses the iinf, iloc, iref and iprp boxes (ISO/IEC 14496-12, 8.11). Reads beyond the end of a box give zeros.
#include "engine/data/codecs/heif_items.h"

#include <algorithm>
#include <cstring>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

using HeifBox = std::span<const uint8_t>;

constexpr size_t kMostItems = 10000, kMostReferences = 100000, kMostExtents = 100000;
constexpr uint64_t kMostUses = 16;  // of each byte: identical tiles may share their data

uint64_t read_big(HeifBox bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | (at + i < bytes.size() ? bytes[at + i] : 0);
  return value;
}

bool is_box(HeifBox type, const char* name) { return std::memcmp(type.data(), name, 4) == 0; }

// Calls visit(type, contents) for each box in the bytes.
template <class Visit>
void for_each_box(HeifBox bytes, const Visit& visit) {
  for (size_t at = 0; at + 8 <= bytes.size();) {
    uint64_t size = read_big(bytes, at, 4);
    const size_t header = size == 1 ? 16 : 8;
    if (size == 1) size = read_big(bytes, at + 8, 8);
    const uint64_t left = bytes.size() - at;
    if (size == 0 || size > left) size = left;
    if (size < header) return;
    visit(bytes.subspan(at + 4, 4), bytes.subspan(at + header, static_cast<size_t>(size) - header));
    at += static_cast<size_t>(size);
  }
}

// Reads the numbers in a box one after the other.
struct Cursor {
  HeifBox bytes;
  size_t at = 0;

  uint64_t read(size_t count) {
    const uint64_t value = read_big(bytes, at, count);
    at += count;
    return value;
  }
  bool at_end() const { return at >= bytes.size(); }
};

class ItemReader {
 public:
  ItemReader(HeifBox file, const std::string& name) : file_(file), name_(name) {}

  HeifItems read(HeifBox meta) {
    for_each_box(meta, [&](HeifBox type, HeifBox box) {
      if (is_box(type, "idat")) item_data_ = box;
    });
    for_each_box(meta, [&](HeifBox type, HeifBox box) {
      if (is_box(type, "iinf")) read_types(box);
      if (is_box(type, "iloc")) read_locations(box);
      if (is_box(type, "iref")) read_references(box);
      if (is_box(type, "iprp")) read_properties(box);
    });
    return std::move(found_);
  }

 private:
  void count(size_t& number, size_t most, const char* what) const {
    TL_CHECK_AS(ErrorKind::kData, ++number <= most, "{}: is damaged: it has more than {} {}", name_, most, what);
  }

  HeifItem& item(uint64_t id) {
    HeifItem& item = found_.items[static_cast<uint32_t>(id)];
    TL_CHECK_AS(ErrorKind::kData, found_.items.size() <= kMostItems, "{}: is damaged: it has more than {} pictures", name_,
                kMostItems);
    return item;
  }

  void read_types(HeifBox iinf) {
    const size_t header = read_big(iinf, 0, 1) == 0 ? 6 : 8;
    for_each_box(iinf.subspan(std::min(iinf.size(), header)), [&](HeifBox type, HeifBox box) {
      if (!is_box(type, "infe") || box.size() < 4) return;
      const size_t width = box[0] == 3 ? 4 : 2, at = 4 + width + 2;
      if (box[0] < 2 || box.size() < at + 4) return;
      item(read_big(box, 4, width))
          .type.assign(box.begin() + static_cast<std::ptrdiff_t>(at), box.begin() + static_cast<std::ptrdiff_t>(at) + 4);
    });
  }

  void read_locations(HeifBox iloc) {
    Cursor in{iloc};
    const uint64_t version = in.read(1);
    in.read(3);
    const uint64_t sizes = in.read(1), more_sizes = in.read(1);
    const size_t offset_size = sizes >> 4, length_size = sizes & 15, base_size = more_sizes >> 4;
    const size_t index_size = version == 0 ? 0 : more_sizes & 15, id_size = version < 2 ? 2 : 4;
    for (uint64_t left = in.read(id_size); left > 0 && !in.at_end(); --left) {
      const uint64_t id = in.read(id_size);
      HeifItem& located = item(id);
      TL_CHECK_AS(ErrorKind::kData, !located.located, "{}: is damaged: it locates picture {} twice", name_, id);
      located.located = true;
      const uint64_t method = version == 0 ? 0 : in.read(2) & 15;
      in.read(2);
      const uint64_t base = in.read(base_size);
      for (uint64_t extents = in.read(2); extents > 0; --extents) {
        count(extents_, kMostExtents, "parts of pictures");
        in.read(index_size);
        const uint64_t offset = base + in.read(offset_size), length = in.read(length_size);
        add_extent(located, method == 1 ? item_data_ : file_, offset, length);
      }
    }
  }

  void add_extent(HeifItem& item, HeifBox source, uint64_t offset, uint64_t length) {
    if (offset >= source.size()) return;
    const uint64_t left = source.size() - offset;
    if (length == 0 || length > left) length = left;
    bytes_ += length;
    TL_CHECK_AS(ErrorKind::kData, bytes_ / kMostUses <= file_.size(),
                "{}: is damaged: its pictures share their data more than {} times", name_, kMostUses);
    item.extents.push_back(source.subspan(static_cast<size_t>(offset), static_cast<size_t>(length)));
  }

  void read_references(HeifBox iref) {
    if (iref.size() < 4) return;
    const size_t width = iref[0] == 0 ? 2 : 4;
    for_each_box(iref.subspan(4), [&](HeifBox type, HeifBox contents) {
      Cursor in{contents};
      const uint64_t from = in.read(width);
      count(references_, kMostReferences, "references between pictures");
      for (uint64_t left = in.read(2); left > 0 && !in.at_end(); --left) {
        const uint64_t to = in.read(width);
        count(references_, kMostReferences, "references between pictures");
        if (is_box(type, "dimg")) item(from).needs.push_back(static_cast<uint32_t>(to));
        if (is_box(type, "auxl")) item(to).needs.push_back(static_cast<uint32_t>(from));  // the alpha channel of a picture
      }
    });
  }

  void read_properties(HeifBox iprp) {
    for_each_box(iprp, [&](HeifBox outer, HeifBox ipco) {
      if (!is_box(outer, "ipco")) return;
      for_each_box(ipco, [&](HeifBox type, HeifBox box) {
        if (is_box(type, "hvcC")) found_.configured.add(hevc_config_size(box));
        if (is_box(type, "av1C")) found_.configured.add(av1_config_size(box));
      });
    });
  }

  HeifBox file_, item_data_ = {};
  const std::string& name_;
  HeifItems found_;
  size_t references_ = 0, extents_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

std::vector<HeifItems> read_heif_items(std::span<const uint8_t> heif, const std::string& name) {
  std::vector<HeifItems> all;
  for_each_box(heif, [&](HeifBox type, HeifBox contents) {
    if (is_box(type, "meta") && contents.size() >= 4) all.push_back(ItemReader(heif, name).read(contents.subspan(4)));
  });
  return all;
}

}  // namespace tagloom
