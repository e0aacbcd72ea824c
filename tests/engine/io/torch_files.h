#pragma once
// Files in PyTorch's layouts, written byte by byte: for tests that damage them, and for readers of what PyTorch would never write.
//
//   old_layout(pickle(dict({{"w", tensor("FloatStorage", "0", 4, 0, {2, 2}, {2, 1})}})), {{"0", 4, bytes}})
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom::test {

inline std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += i < 8 ? static_cast<char>(value >> (8 * i)) : '\0';
  return text;
}

// Parts of a pickle, protocol 2.
inline std::string pickled_text(const std::string& text) { return "X" + little_endian(text.size(), 4) + text; }
inline std::string pickled_number(int64_t number) { return "\x8a\x08" + little_endian(static_cast<uint64_t>(number), 8); }
inline std::string pickled_name(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
inline std::string pickled_tuple(const std::vector<std::string>& items) {
  std::string text = "(";
  for (const std::string& item : items) text += item;
  return text + "t";
}
inline std::string pickled_numbers(const std::vector<int64_t>& numbers) {
  std::vector<std::string> items;
  for (const int64_t number : numbers) items.push_back(pickled_number(number));
  return pickled_tuple(items);
}
inline std::string pickled_storage(const std::string& type, const std::string& key, int64_t count) {
  return pickled_tuple({pickled_text("storage"), pickled_name("torch", type), pickled_text(key), pickled_text("cpu"),
                        pickled_number(count)}) +
         "Q";
}
inline std::string pickled_tensor(const std::string& storage, int64_t offset, const std::string& shape,
                                  const std::string& stride) {
  return pickled_name("torch._utils", "_rebuild_tensor_v2") +
         pickled_tuple(
             {storage, pickled_number(offset), shape, stride, "\x89", pickled_name("collections", "OrderedDict") + ")R"}) +
         "R";
}
inline std::string pickled_dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string text = "}(";
  for (const auto& [key, value] : items) text += pickled_text(key) + value;
  return text + "u";
}
inline std::string pickle(const std::string& value) { return "\x80\x02" + value + "."; }

// A dictionary with the tensor "w", [2, 2], of storage "0".
inline std::string pickled_example() {
  return pickled_dict(
      {{"w", pickled_tensor(pickled_storage("FloatStorage", "0", 4), 0, pickled_numbers({2, 2}), pickled_numbers({2, 1}))}});
}

struct StoredStorage {
  std::string key;
  uint64_t count = 0;
  std::string bytes;
};

// The layout before PyTorch 1.6.
inline std::string old_layout(const std::string& object, const std::vector<StoredStorage>& storages, bool little = true) {
  std::string file = pickle(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12)) + pickle("M\xe9\x03") +
                     pickle(pickled_dict({{"little_endian", little ? "\x88" : "\x89"}})) + object;
  std::string keys = "](";
  for (const StoredStorage& storage : storages) keys += pickled_text(storage.key);
  file += pickle(keys + "e");
  for (const StoredStorage& storage : storages) file += little_endian(storage.count, 8) + storage.bytes;
  return file;
}

struct ZipEntry {
  std::string name, bytes;
  int method = 0;       // 0 stored, 8 deflated
  int64_t stated = -1;  // size that the archive states; -1: the true one
  uint32_t damage = 0;  // exclusive-ored with the CRC
  int flags = 0;        // 1 encrypted
  bool shared = false;  // the directory names the entry before once more
};

inline uint32_t crc_of(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

inline std::string zip_archive(const std::vector<ZipEntry>& entries) {
  std::string file, directory;
  size_t begin = 0;
  for (const ZipEntry& entry : entries) {
    if (!entry.shared) begin = file.size();
    const uint64_t size = entry.stated < 0 ? entry.bytes.size() : static_cast<uint64_t>(entry.stated);
    // Version, flags, method, time, date, CRC, sizes and the name's length, in both headers.
    const std::string shared = little_endian(20, 2) + little_endian(static_cast<uint64_t>(entry.flags), 2) +
                               little_endian(static_cast<uint64_t>(entry.method), 2) + little_endian(0, 4) +
                               little_endian(crc_of(entry.bytes) ^ entry.damage, 4) + little_endian(size, 4) +
                               little_endian(size, 4) + little_endian(entry.name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + shared + little_endian(0, 10) + little_endian(begin, 4) + entry.name;
    if (!entry.shared) file += "PK\x03\x04" + shared + entry.name + entry.bytes;
  }
  return file + directory + "PK\x05\x06" + little_endian(0, 4) + little_endian(entries.size(), 2) +
         little_endian(entries.size(), 2) + little_endian(directory.size(), 4) + little_endian(file.size(), 4) +
         little_endian(0, 2);
}

// A .pth file of {"model": {"module.NAME": ...}} with F32 tensors.
inline std::string pth_checkpoint(const std::vector<NamedTensor>& tensors) {
  std::vector<ZipEntry> entries = {{"a/data.pkl", ""}};
  std::vector<std::pair<std::string, std::string>> dict;
  for (const NamedTensor& tensor : tensors) {
    const std::string key = std::to_string(entries.size());
    std::vector<int64_t> strides(tensor.shape.size(), 1);
    for (size_t axis = strides.size() - 1; axis > 0; --axis) strides[axis - 1] = strides[axis] * tensor.shape[axis];
    if (!tensor.strides.empty()) strides = tensor.strides;
    dict.emplace_back("module." + tensor.name, pickled_tensor(pickled_storage("FloatStorage", key, count_of(tensor)), 0,
                                                              pickled_numbers(tensor.shape), pickled_numbers(strides)));
    entries.push_back({"a/data/" + key, {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()}});
  }
  entries[0].bytes = pickle(pickled_dict({{"model", pickled_dict(dict)}}));
  return zip_archive(entries);
}

}  // namespace tagloom::test
