// The CPU's memory.
#include <cstdlib>
#include <cstring>

#include "kernels/base/device_twins.h"
#include "kernels/base/memory.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void allocate(Queue&, size_t bytes, void** pointer) {
  *pointer = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (*pointer == nullptr)
    throw OutOfMemory(static_cast<int64_t>(bytes), format("out of memory: cannot allocate {} MiB", bytes >> 20));
}

void allocate_host(Queue& q, size_t bytes, void** pointer) { allocate(q, bytes, pointer); }

void copy_bytes(Queue&, CopyKind, const void* from, void* to, size_t bytes) { std::memcpy(to, from, bytes); }

void zero_bytes(Queue&, void* pointer, size_t bytes) { std::memset(pointer, 0, bytes); }

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
