#pragma once
// A tensor: a shape, a type and contiguous row-major memory on one device.
//
// Tensors share their memory when copied (clone() copies it). Memory comes from the heap (empty, zeros, from) or from an
// arena (arena.h), whose tensors are valid until the arena is reset.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/device.h"
#include "kernels/base/bfloat16.h"
#include "kernels/base/error.h"

namespace tagloom {

using Shape = std::vector<int64_t>;
int64_t element_count(const Shape& shape);  // 1 for []

enum class DType : int { kReal, kBf16, kInt32, kByte };
size_t dtype_bytes(DType type);
const char* dtype_name(DType type);

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<Real> {
  static constexpr DType value = DType::kReal;
};
template <>
struct DTypeOf<Bf16> {
  static constexpr DType value = DType::kBf16;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::kInt32;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::kByte;
};

// A block of device memory, released with the last tensor in it.
class Buffer {
 public:
  Buffer(Device device, size_t bytes);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  void* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  Device device() const { return device_; }

 private:
  Device device_;
  size_t bytes_;
  void* data_;
};

class Tensor {
 public:
  Tensor() = default;  // undefined: defined() is false
  Tensor(std::shared_ptr<Buffer> buffer, size_t offset_bytes, Shape shape, DType dtype);

  static Tensor empty(Shape shape, DType dtype = DType::kReal, Device device = {});
  static Tensor zeros(Shape shape, DType dtype = DType::kReal, Device device = {});
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape, Device device = {}) {
    Tensor tensor = empty(std::move(shape), DTypeOf<T>::value, device);
    tensor.write(values.data(), values.size());
    return tensor;
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, Shape shape, Device device = {}) {
    return from(std::span<const T>(values), std::move(shape), device);
  }

  // Takes this shape in the tensor's current memory if that is large enough and not shared, else in new memory. A tensor that is
  // refitted for each batch thus allocates once and keeps its address.
  void refit(Shape shape, DType dtype, Device device);
  template <class T>
  void refill(const std::vector<T>& values, Shape shape, Device device) {
    refit(std::move(shape), DTypeOf<T>::value, device);
    write(values.data(), values.size());
  }

  bool defined() const { return buffer_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int rank() const { return static_cast<int>(shape_.size()); }
  int64_t size(int axis) const { return shape_.at(axis < 0 ? axis + shape_.size() : axis); }
  int64_t count() const { return element_count(shape_); }
  size_t bytes() const { return count() * dtype_bytes(dtype_); }
  DType dtype() const { return dtype_; }
  Device device() const { return buffer_ ? buffer_->device() : Device(); }
  kernels::Queue& queue() const { return device().queue(); }

  void* raw() const { return static_cast<char*>(buffer_->data()) + offset_; }
  template <class T = Real>
  T* data() const {
    TL_DCHECK(DTypeOf<T>::value == dtype_, "tensor is {}, read as another type", dtype_name(dtype_));
    return static_cast<T*>(raw());
  }

  Tensor view(Shape shape) const;                 // the same elements in another shape
  Tensor rows(int64_t begin, int64_t end) const;  // [begin, end) of the first axis, sharing memory
  Tensor clone() const;
  Tensor to(Device device) const;             // returns itself if already there
  void copy_from(const Tensor& other) const;  // same shape and type, any devices
  void zero() const;
  void write_bytes(const void* host) const;  // reads bytes() bytes from host
  void read_bytes(void* host) const;         // waits for the queue

  template <class T>
  void write(const T* host, size_t count_given) const {
    TL_CHECK(DTypeOf<T>::value == dtype_ && static_cast<int64_t>(count_given) == count(),
             "[tensor] cannot write {} values into {} of {}", count_given, shape_, dtype_name(dtype_));
    write_bytes(host);
  }
  template <class T = Real>
  std::vector<T> to_vector() const {
    TL_CHECK(DTypeOf<T>::value == dtype_, "[tensor] {} read as another type", dtype_name(dtype_));
    std::vector<T> values(count());
    read_bytes(values.data());
    return values;
  }
  Real item() const;  // requires exactly one Real

 private:
  std::shared_ptr<Buffer> buffer_;
  size_t offset_ = 0;
  Shape shape_;
  DType dtype_ = DType::kReal;
};

}  // namespace tagloom
