// The engine, the threads' scratch memory and bfloat16 by widening, for the ops that oneDNN runs.
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string_view>

#include "kernels/base/memory.h"
#include "kernels/onednn/onednn.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU::onednn {
namespace {

struct Buffer {
  void* data = nullptr;
  size_t bytes = 0;
  ~Buffer() { resize(0); }
  void resize(size_t needed) {
    std::free(data);
    count_scratch(-static_cast<int64_t>(bytes));
    data = needed == 0 ? nullptr : std::aligned_alloc(64, needed);
    bytes = data == nullptr ? 0 : needed;
    count_scratch(static_cast<int64_t>(bytes));
  }
};

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream() {
  static thread_local dnnl::stream stream(engine());
  return stream;
}

bool native_bf16() {
  static const bool native = [] {
    const char* setting = std::getenv("TAGLOOM_ONEDNN_BF16");
    if (setting != nullptr && std::string_view(setting) == "0") return false;
    constexpr int kAvx512Bf16 = static_cast<int>(dnnl::cpu_isa::avx512_core_bf16);  // a bit mask
    return (static_cast<int>(dnnl::get_effective_cpu_isa()) & kAvx512Bf16) == kAvx512Bf16;
  }();
  return native;
}

void* scratch(Scratch use, size_t bytes) {
  static thread_local Buffer buffers[static_cast<int>(Scratch::kOutput) + 1];
  Buffer& buffer = buffers[static_cast<int>(use)];
  if (buffer.bytes < bytes) {
    buffer.resize((bytes + 63) / 64 * 64);
    if (buffer.data == nullptr) throw_out_of_memory(bytes);
  }
  return buffer.data;
}

float* widened(Scratch use, int64_t n, const Bf16* x) {
  if (x == nullptr) return nullptr;
  float* y = static_cast<float*>(scratch(use, n * sizeof(float)));
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = x[i];
  return y;
}

void narrow(int64_t n, const float* x, Bf16* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = Bf16(x[i]);
}

void require_room_for_code() {
  constexpr size_t kRoom = size_t{16} << 20;  // four times what the largest primitive of ResNet-50 took
  void* const room = mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) {
    throw OutOfMemory(kRoom, format("out of memory: no {} MiB of address space are left (see ulimit -v)", kRoom >> 20));
  }
  munmap(room, kRoom);
}

void execute(const char* op, const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
             std::unordered_map<int, dnnl::memory> arguments) {
  arguments.emplace(DNNL_ARG_SCRATCHPAD, memory(scratchpad, scratch(Scratch::kPrimitive, scratchpad.get_size())));
  static const bool limited = [] {
    rlimit space{};
    return getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY;
  }();
  if (limited) require_room_for_code();
  try {
    primitive.execute(stream(), arguments);
    stream().wait();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw_out_of_memory(0);
    fail(ErrorKind::kInternal, "[{}] oneDNN failed: {}", op, error.what());
  }
}

void throw_out_of_memory(size_t bytes) {
  throw OutOfMemory(static_cast<int64_t>(bytes), format("out of memory: cannot allocate {} MiB of scratch memory", bytes >> 20));
}

}  // namespace tagloom::kernels::TL_CPU::onednn
TL_CPU_END
