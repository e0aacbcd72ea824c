// Allocates, copies and views tensors.
#include "engine/core/tensor.h"

#include <array>
#include <atomic>
#include <cstring>

#include "engine/core/memory.h"
#include "kernels/base/device.h"
#include "kernels/base/memory.h"

namespace tagloom {

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

size_t dtype_bytes(DType type) {
  switch (type) {
    case DType::kReal:
      return sizeof(Real);
    case DType::kBf16:
      return 2;
    case DType::kInt32:
      return 4;
    case DType::kByte:
      return 1;
  }
  fail(ErrorKind::kInternal, "[tensor] unknown type {}", static_cast<int>(type));
}

const char* dtype_name(DType type) {
  switch (type) {
    case DType::kReal:
      return sizeof(Real) == 4 ? "float32" : "float64";
    case DType::kBf16:
      return "bfloat16";
    case DType::kInt32:
      return "int32";
    case DType::kByte:
      return "uint8";
  }
  return "unknown";
}

namespace {

constexpr size_t kCheckedBytes = size_t{64} << 20;

std::atomic<int64_t>& bytes_on(Device device) {
  static std::array<std::atomic<int64_t>, Device::kMost> bytes{};
  return bytes.at(device.index() + 1);
}

// Linux overcommits memory and kills a process that then uses it, so large allocations are checked first.
size_t checked_size(Device device, size_t bytes) {
  if (device.is_cuda() || bytes < kCheckedBytes) return bytes == 0 ? 64 : bytes;
  const std::optional<int64_t> free = free_bytes(device);
  if (free && static_cast<int64_t>(bytes) > *free) {
    throw OutOfMemory(static_cast<int64_t>(bytes), format("out of memory: cannot allocate {}, {} are free",
                                                          bytes_text(static_cast<int64_t>(bytes)), bytes_text(*free)));
  }
  return bytes;
}

}  // namespace

int64_t tensor_bytes(Device device) { return bytes_on(device); }

Buffer::Buffer(Device device, size_t bytes)
    : device_(device), bytes_(bytes), data_(kernels::allocate(device.queue(), checked_size(device, bytes))) {
  bytes_on(device) += static_cast<int64_t>(bytes_);
}

Buffer::~Buffer() {
  bytes_on(device_) -= static_cast<int64_t>(bytes_);
  kernels::release(device_.queue(), data_);
}

Tensor::Tensor(std::shared_ptr<Buffer> buffer, size_t offset_bytes, Shape shape, DType dtype)
    : buffer_(std::move(buffer)), offset_(offset_bytes), shape_(std::move(shape)), dtype_(dtype) {
  for (int64_t extent : shape_) TL_CHECK(extent >= 0, "[tensor] negative extent in {}", shape_);
  TL_DCHECK(offset_ + bytes() <= buffer_->bytes() || bytes() == 0, "[tensor] {} does not fit its buffer", shape_);
}

Tensor Tensor::empty(Shape shape, DType dtype, Device device) {
  const size_t bytes = element_count(shape) * dtype_bytes(dtype);
  return Tensor(std::make_shared<Buffer>(device, bytes), 0, std::move(shape), dtype);
}

Tensor Tensor::zeros(Shape shape, DType dtype, Device device) {
  Tensor tensor = empty(std::move(shape), dtype, device);
  tensor.zero();
  return tensor;
}

void Tensor::refit(Shape shape, DType dtype, Device target) {
  const size_t bytes = element_count(shape) * dtype_bytes(dtype);
  const bool mine = buffer_ != nullptr && buffer_.use_count() == 1 && device() == target && offset_ == 0;
  *this =
      mine && bytes <= buffer_->bytes() ? Tensor(buffer_, 0, std::move(shape), dtype) : empty(std::move(shape), dtype, target);
}

Tensor Tensor::view(Shape shape) const {
  TL_CHECK(element_count(shape) == count(), "[view] {} cannot be viewed as {}", shape_, shape);
  Tensor other = *this;
  other.shape_ = std::move(shape);
  return other;
}

Tensor Tensor::rows(int64_t begin, int64_t end) const {
  TL_CHECK(rank() >= 1 && begin >= 0 && begin <= end && end <= shape_[0], "[rows] {} to {} are not rows of {}", begin, end,
           shape_);
  Tensor other = *this;
  const int64_t row = shape_[0] == 0 ? 0 : count() / shape_[0];
  other.shape_[0] = end - begin;
  other.offset_ += begin * row * dtype_bytes(dtype_);
  return other;
}

Tensor Tensor::clone() const {
  Tensor copy = empty(shape_, dtype_, device());
  copy.copy_from(*this);
  return copy;
}

Tensor Tensor::to(Device target) const {
  if (!defined() || device() == target) return *this;
  Tensor copy = empty(shape_, dtype_, target);
  copy.copy_from(*this);
  return copy;
}

void Tensor::copy_from(const Tensor& other) const {
  TL_CHECK(shape_ == other.shape_ && dtype_ == other.dtype_, "[copy] cannot copy {} {} to {} {}", dtype_name(other.dtype_),
           other.shape_, dtype_name(dtype_), shape_);
  const bool from_gpu = other.device().is_cuda(), to_gpu = device().is_cuda();
  if (from_gpu && to_gpu) {
    TL_CHECK(device() == other.device(), "[copy] between {} and {} is not supported", other.device().name(), device().name());
    kernels::copy_bytes(queue(), kernels::CopyKind::kSameDevice, other.raw(), raw(), bytes());
  } else if (from_gpu) {
    other.read_bytes(raw());
  } else {
    write_bytes(other.raw());
  }
}

void Tensor::zero() const { kernels::zero_bytes(queue(), raw(), bytes()); }

void Tensor::write_bytes(const void* host) const {
  kernels::copy_bytes(queue(), kernels::CopyKind::kHostToDevice, host, raw(), bytes());
  if (device().is_cuda()) kernels::synchronize(queue());  // the caller may free the host memory
}

void Tensor::read_bytes(void* host) const {
  kernels::copy_bytes(queue(), kernels::CopyKind::kDeviceToHost, raw(), host, bytes());
  kernels::synchronize(queue());
}

Real Tensor::item() const {
  TL_CHECK(count() == 1 && dtype_ == DType::kReal, "[item] needs exactly one real number, got {} {}", dtype_name(dtype_), shape_);
  Real value;
  read_bytes(&value);
  return value;
}

}  // namespace tagloom
