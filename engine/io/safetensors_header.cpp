// A SAX parser: it sees every key, so it detects duplicates, and it rejects unexpected nesting before allocating anything for it.
#include "engine/io/safetensors_header.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct TypeRow {
  SafetensorsType type;
  const char* name;
  int64_t size;
};

constexpr std::array<TypeRow, 13> kTypes = {{{SafetensorsType::kF64, "F64", 8},
                                             {SafetensorsType::kF32, "F32", 4},
                                             {SafetensorsType::kF16, "F16", 2},
                                             {SafetensorsType::kBf16, "BF16", 2},
                                             {SafetensorsType::kI64, "I64", 8},
                                             {SafetensorsType::kI32, "I32", 4},
                                             {SafetensorsType::kI16, "I16", 2},
                                             {SafetensorsType::kI8, "I8", 1},
                                             {SafetensorsType::kU64, "U64", 8},
                                             {SafetensorsType::kU32, "U32", 4},
                                             {SafetensorsType::kU16, "U16", 2},
                                             {SafetensorsType::kU8, "U8", 1},
                                             {SafetensorsType::kBool, "BOOL", 1}}};

const TypeRow& row_of(SafetensorsType type) { return kTypes[static_cast<size_t>(type)]; }

}  // namespace

const char* name_of(SafetensorsType type) { return row_of(type).name; }
int64_t size_of(SafetensorsType type) { return row_of(type).size; }

namespace detail {
namespace {

// Depth 1: tensor names. Depth 2: the fields of one tensor, or metadata. Depth 3: the numbers of shape or
// data_offsets.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}
  SafetensorsHeader take() { return std::move(header_); }

  bool start_object(size_t) override {
    if (depth_ == 0) return enter(Place::kFile);
    if (place_ == Place::kFile) {
      fields_ = {};
      current_ = {};
      current_.name = key_;
      return enter(key_ == "__metadata__" ? Place::kMetadata : Place::kTensor);
    }
    refuse("an object");
  }

  bool end_object() override {
    if (place_ == Place::kTensor) finish_tensor();
    --depth_;
    place_ = Place::kFile;
    return true;
  }

  bool key(string_t& key) override {
    key_ = std::move(key);
    if (place_ == Place::kFile && !names_.insert(key_).second) damaged("it has two entries called {}", quoted_name(key_));
    if (place_ == Place::kMetadata && header_.metadata.count(key_) > 0) damaged("its metadata has {} twice", quoted_name(key_));
    if (place_ == Place::kTensor) {
      bool* seen = key_ == "dtype"          ? &fields_.dtype
                   : key_ == "shape"        ? &fields_.shape
                   : key_ == "data_offsets" ? &fields_.offsets
                                            : nullptr;
      if (seen == nullptr) damaged("tensor {} has an unknown field {}", quoted_name(current_.name), quoted_name(key_));
      if (*seen) damaged("tensor {} has {} twice", quoted_name(current_.name), quoted_name(key_));
      *seen = true;
    }
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::kMetadata) {
      header_.metadata.emplace(key_, std::move(text));
      return true;
    }
    if (place_ != Place::kTensor || key_ != "dtype") refuse("a text");
    for (const TypeRow& row : kTypes) {
      if (text == row.name) {
        current_.type = row.type;
        return true;
      }
    }
    fail(ErrorKind::kData, "{}: tensor {} is of type {}, which this version cannot read: convert it to F32, F16 or BF16", path_,
         quoted_name(current_.name), quoted_name(text));
  }

  bool start_array(size_t) override {
    if (place_ != Place::kTensor || key_ == "dtype") refuse("a list");
    return enter(Place::kNumbers);
  }

  bool end_array() override {
    --depth_;
    place_ = Place::kTensor;
    if (key_ == "data_offsets" && offset_count_ != 2)
      damaged("data_offsets of tensor {} must be two numbers, not {}", quoted_name(current_.name), offset_count_);
    offset_count_ = 0;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::kNumbers) refuse("a number");
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) refuse_number(std::to_string(value));
    const int64_t number = static_cast<int64_t>(value);
    if (key_ == "shape") {
      current_.shape.push_back(number);
    } else {
      (offset_count_ == 0 ? current_.begin : current_.end) = number;
      ++offset_count_;
    }
    return true;
  }

  bool number_integer(number_integer_t value) override { refuse_number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { refuse_number(text); }
  bool null() override { refuse("null"); }
  bool boolean(bool) override { refuse("a truth value"); }
  bool binary(binary_t&) override { refuse("binary data"); }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    damaged("its header is not valid JSON at byte {}", position);
  }

 private:
  enum class Place { kOutside, kFile, kMetadata, kTensor, kNumbers };
  struct Fields {
    bool dtype = false, shape = false, offsets = false;
  };

  bool enter(Place place) {
    ++depth_;
    place_ = place;
    return true;
  }

  void finish_tensor() {
    const char* missing = !fields_.dtype ? "dtype" : !fields_.shape ? "shape" : !fields_.offsets ? "data_offsets" : nullptr;
    if (missing) damaged("tensor {} has no {}", quoted_name(current_.name), missing);
    header_.entries.push_back(std::move(current_));
  }

  template <class... Values>
  [[noreturn]] void damaged(const char* pattern, const Values&... values) {
    throw Error(ErrorKind::kData, path_ + ": " + format(pattern, values...) + ": " + kDamaged);
  }

  [[noreturn]] void refuse(const char* what) {
    switch (place_) {
      case Place::kOutside:
        damaged("its header is {}, not an object", what);
      case Place::kFile:
        damaged("its entry {} is {}, not an object", quoted_name(key_), what);
      case Place::kMetadata:
        damaged("its metadata {} is {}, not a text", quoted_name(key_), what);
      default:
        damaged("{} of tensor {} holds {}", key_, quoted_name(current_.name), what);
    }
  }

  [[noreturn]] void refuse_number(const std::string& number) {
    if (place_ != Place::kNumbers) refuse("a number");
    damaged("{} of tensor {} holds {}, not a size", key_, quoted_name(current_.name), number);
  }

  const std::string& path_;
  SafetensorsHeader header_;
  SafetensorsHeaderEntry current_;
  Fields fields_;
  std::string key_;
  std::unordered_set<std::string> names_;
  Place place_ = Place::kOutside;
  int depth_ = 0;
  int offset_count_ = 0;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& path) {
  TL_CHECK_AS(ErrorKind::kData, !json.empty() && json.front() == '{',
              "{}: not a safetensors file: its header does not begin with '{{'", path);
  // The JSON library stops at a zero byte and would ignore everything after it.
  TL_CHECK_AS(ErrorKind::kData, json.find('\0') == std::string_view::npos, "{}: its header holds a zero byte: {}", path,
              kDamaged);
  HeaderReader reader(path);
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  return reader.take();
}

std::string describe(SafetensorsType type, const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(size);
  }
  return (text.empty() ? "scalar" : text) + " " + name_of(type);
}

int64_t bytes_of(SafetensorsType type, const std::vector<int64_t>& shape) {
  int64_t bytes = size_of(type);
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, size, &bytes)) return -1;
  }
  return bytes;
}

std::string quoted_name(std::string_view name) {
  size_t length = std::min<size_t>(name.size(), 120);
  while (length < name.size() && length > 0 && (name[length] & 0xC0) == 0x80) --length;  // do not split a character
  std::string text = "\"";
  for (const char c : name.substr(0, length)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += "\\x";
      text += "0123456789abcdef"[(c >> 4) & 15];
      text += "0123456789abcdef"[c & 15];
    } else {
      text += c;
    }
  }
  return text + (length < name.size() ? "…\"" : "\"");
}

}  // namespace detail
}  // namespace tagloom
