#pragma once
// Named tensors from a file of any format (tensor_file.h): types, shapes and views of the bytes, converted to floats on request.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

enum class TensorType { kF64, kF32, kF16, kBf16, kI64, kI32, kI16, kI8, kU64, kU32, kU16, kU8, kBool };

const char* name_of(TensorType type);  // "F32", as in a safetensors file
int64_t size_of(TensorType type);      // bytes of one element
bool is_float(TensorType type);

struct NamedTensor {
  std::string name;
  TensorType type = TensorType::kF32;
  std::vector<int64_t> shape;        // empty: one element
  std::span<const std::byte> bytes;  // little-endian; may be unaligned
  // Distances of neighbours along each axis, in elements, for a tensor that is not row-major; only PyTorch's files have them. The
  // bytes then reach from the first to the last element. Empty: row-major.
  std::vector<int64_t> strides = {};
};

int64_t count_of(const NamedTensor& tensor);
std::vector<std::byte> row_major_bytes(const NamedTensor& tensor);

// Text pairs of a safetensors file.
using TensorMetadata = std::map<std::string, std::string>;

class NamedTensors {
 public:
  // `owners` keep the bytes alive; empty if they outlive the result.
  NamedTensors(std::string path, std::vector<NamedTensor> tensors, TensorMetadata metadata = {},
               std::vector<std::shared_ptr<const void>> owners = {});

  const std::vector<NamedTensor>& entries() const { return entries_; }  // in the order of the file
  const TensorMetadata& metadata() const { return metadata_; }
  const std::string& path() const { return path_; }

  const NamedTensor* find(std::string_view name) const;     // null if absent
  const NamedTensor& require(std::string_view name) const;  // throws Error(kData) if absent

  // F32, F16, BF16 and F64 (rounded) as row-major floats; other types throw Error(kData). The size of `out` must be the number of
  // elements.
  std::vector<float> to_floats(const NamedTensor& entry) const;
  void to_floats(const NamedTensor& entry, std::span<float> out) const;

  // Other entries, whose bytes are this file's or belong to `owners`.
  NamedTensors with_entries(std::vector<NamedTensor> entries, std::vector<std::shared_ptr<const void>> owners = {}) const;

 protected:
  NamedTensors() = default;

 private:
  std::string path_;
  std::vector<NamedTensor> entries_;
  TensorMetadata metadata_;
  std::map<std::string, size_t, std::less<>> by_name_;
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace tagloom
