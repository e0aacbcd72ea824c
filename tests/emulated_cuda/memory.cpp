// Maps, protects and checks the memory of the emulated device.
#include "tests/emulated_cuda/memory.h"

#include <sys/mman.h>

#include <map>

#include "kernels/base/error.h"

namespace tagloom::emulated {
namespace {

auto& sizes = *new std::map<void*, size_t>;  // of the blocks; outlives static objects
bool is_kept_out = false;
int working = 0;

int protection() { return is_kept_out && working == 0 ? PROT_NONE : PROT_READ | PROT_WRITE; }

void protect_all() {
  for (const auto& [memory, bytes] : sizes) mprotect(memory, bytes, protection());
}

}  // namespace

void* map_memory(size_t bytes) {
  const size_t size = bytes == 0 ? 1 : bytes;
  void* const memory = mmap(nullptr, size, protection(), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TL_CHECK_AS(ErrorKind::kDevice, memory != MAP_FAILED, "out of memory: cannot allocate {} bytes of the emulated device", bytes);
  madvise(memory, size, MADV_HUGEPAGE);  // mprotect visits each page
  sizes[memory] = size;
  return memory;
}

void unmap_memory(void* memory) noexcept {
  const auto found = sizes.find(memory);
  if (found == sizes.end()) return;
  munmap(memory, found->second);
  sizes.erase(found);
}

bool is_on_device(const void* memory) {
  const auto after = sizes.upper_bound(const_cast<void*>(memory));
  if (after == sizes.begin()) return false;
  const auto& [first, bytes] = *std::prev(after);
  return static_cast<const char*>(memory) < static_cast<const char*>(first) + bytes;
}

void expect_on_device(const char* who, const void* memory) {
  TL_CHECK_AS(ErrorKind::kDevice, memory == nullptr || is_on_device(memory), "[{}] received a pointer to host memory", who);
}

void keep_host_out(bool out) {
  if (out == is_kept_out) return;
  is_kept_out = out;
  protect_all();
}

DeviceWork::DeviceWork() {
  if (working++ == 0 && is_kept_out) protect_all();
}
DeviceWork::~DeviceWork() {
  if (--working == 0 && is_kept_out) protect_all();
}

}  // namespace tagloom::emulated
