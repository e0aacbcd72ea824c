// Runs the threads of one block, or of several at once, as fibers of one CPU thread.
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "kernels/base/error.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::emulated {

uint3 thread_index, block_index;
dim3 block_size, grid_size;
std::map<std::string, int> launches;
Limits limits;

namespace {

constexpr int kMostThreads = 1024;
constexpr size_t kStackBytes = 128 << 10;
constexpr int kMostIdleRounds = 64;  // in which threads only poll a value
constexpr int kRestRounds = 32;      // in which threads with work may rest at random: no time passes in these
constexpr uint64_t kIdleNanoseconds = 100'000'000;

struct alignas(16) Shared16 {
  uint32_t words[4];
};
constexpr Shared16 kPoison{{0x7fc0ffff, 0x7fc0ffff, 0x7fc0ffff, 0x7fc0ffff}};  // NaN as floats and as bfloat16 pairs

constexpr size_t kGuard = 4;  // of these before and after a block's memory
constexpr unsigned char kGuardByte = 0xa5;

enum class State { kReady, kAtWarpOperation, kAtBarrier, kAtClusterBarrier, kDone };

// The shared state of a block's threads.
struct Block {
  uint3 index{};
  bool rests = false;  // in this round
  bool vote[3] = {};
  size_t shared_bytes = 0;
  std::vector<Shared16> memory;  // between guards

  unsigned char* shared() { return reinterpret_cast<unsigned char*>(memory.data() + kGuard); }
  bool guards_intact() const {
    const auto* begin = reinterpret_cast<const unsigned char*>(memory.data());
    const auto* end = begin + memory.size() * sizeof(Shared16);
    const auto* mine = begin + kGuard * sizeof(Shared16);
    const auto intact = [](unsigned char byte) { return byte == kGuardByte; };
    return std::all_of(begin, mine, intact) && std::all_of(mine + shared_bytes, end, intact);
  }
};

// A store to another block of the cluster, not visible yet.
struct LateStore {
  unsigned char* to;
  size_t bytes;
  int barrier;  // the store is visible once this one completes
  unsigned char value[16];
};

struct Copy {
  void* to;
  const void* from;
  size_t bytes;
};

struct Fiber {
  std::unique_ptr<char[]> stack;
  bool started = false;
  jmp_buf place;  // where it resumes
  State state = State::kDone;
  uint3 index{};
  Block* block = nullptr;
  int warp_operations = 0, votes = 0;
  int arrivals = 0, waits = 0;  // at cluster barriers
  int stored_before = -1;       // arrivals at its last store to another block
  bool stores_late = false;     // until it arrives again
  std::vector<Copy> copies;     // not yet waited for
};

std::vector<Fiber> fibers(kMostThreads);
std::vector<Block> blocks;  // the ones that run at once
std::vector<LateStore> late_stores;
int cluster_barriers = 0;  // completed
int running = 0;
const char* kernel_name = "";
const char* complaint = nullptr;  // from the fiber that ran last
uint64_t clock_now = 0;
bool any_work = false;  // since the round began, apart from polling
jmp_buf scheduler;
const std::function<void()>* thread_body = nullptr;
uint64_t warp_slots[2][kMostThreads];  // alternating, so that one wait per operation is enough
MmaOperands mma_slots[2][kMostThreads];
uint32_t random_state = 1;

uint32_t random_number() { return random_state = random_state * 1664525u + 1013904223u; }

void pause(State state) {
  Fiber& fiber = fibers[running];
  fiber.state = state;
  any_work = any_work || state != State::kReady;
  if (_setjmp(fiber.place) == 0) _longjmp(scheduler, 1);
}

void fiber_main() {
  for (;;) {
    (*thread_body)();
    pause(State::kDone);
  }
}

void resume(int i) {
  Fiber& fiber = fibers[i];
  running = i;
  thread_index = fiber.index;
  block_index = fiber.block->index;
  if (_setjmp(scheduler) != 0) return;
  if (fiber.started) _longjmp(fiber.place, 1);
  fiber.started = true;
  if (!fiber.stack) fiber.stack = std::make_unique<char[]>(kStackBytes);
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = fiber.stack.get();
  context.uc_stack.ss_size = kStackBytes;
  context.uc_link = nullptr;
  makecontext(&context, fiber_main, 0);
  setcontext(&context);
}

[[noreturn]] void give_up(const char* what) {
  for (Fiber& fiber : fibers) fiber.started = false;  // waiting fibers never resume
  complaint = nullptr;
  fail(ErrorKind::kInternal, "[{}] block ({}, {}, {}): {}", kernel_name, block_index.x, block_index.y, block_index.z, what);
}

// The same from inside a fiber, whose stack an exception cannot leave.
[[noreturn]] void complain(const char* what) {
  complaint = what;
  for (;;) pause(State::kAtBarrier);
}

// Runs every fiber that can resume; returns whether there was one. Blocks that run together rest in half of the rounds, at
// random, so that some get as far ahead of others as their barriers allow.
bool run_ready(int threads) {
  for (Block& block : blocks) block.rests = blocks.size() > 1 && (random_number() >> 16 & 1);
  const int first = static_cast<int>(random_number() >> 8) % threads;
  const int step = random_number() >> 16 & 1 ? 1 : threads - 1;
  bool any = false;
  for (int turn = 0; turn < threads; ++turn) {
    const int i = static_cast<int>((first + int64_t{step} * turn) % threads);
    if (fibers[i].state != State::kReady) continue;
    any = true;
    if (!fibers[i].block->rests) resume(i);
    if (complaint != nullptr) give_up(complaint);
  }
  return any;
}

int release(int first, int last, State from) {
  int released = 0;
  for (int i = first; i < last; ++i) {
    if (fibers[i].state != from) continue;
    fibers[i].state = State::kReady;
    ++released;
  }
  return released;
}

int count(int first, int last, State state) {
  int found = 0;
  for (int i = first; i < last; ++i) found += fibers[i].state == state;
  return found;
}

// Releases the warps and the block of fibers first .. first + threads - 1 whose threads have all arrived.
void release_block(int block_first, int threads) {
  int waiting_for_block = 0, done = 0;
  const int end = block_first + threads;
  for (int first = block_first; first < end; first += 32) {
    const int last = std::min(first + 32, end), at_operation = count(first, last, State::kAtWarpOperation);
    waiting_for_block += count(first, last, State::kAtBarrier);
    done += count(first, last, State::kDone);
    if (at_operation == 32) {
      release(first, last, State::kAtWarpOperation);
    } else if (at_operation > 0 && at_operation + count(first, last, State::kDone) == last - first) {
      give_up("some lanes reached a warp operation after others had left");
    }
  }
  if (waiting_for_block > 0 && waiting_for_block + done == threads) release(block_first, end, State::kAtBarrier);
}

// Completes the cluster barrier that all threads have arrived at: their earlier stores are visible to those that wait.
void release_cluster(int threads) {
  const auto has_arrived = [](const Fiber& fiber) { return fiber.arrivals > cluster_barriers; };
  if (!std::all_of(fibers.begin(), fibers.begin() + threads, has_arrived)) return;
  ++cluster_barriers;
  const auto is_seen = [](const LateStore& store) { return store.barrier <= cluster_barriers; };
  for (const LateStore& store : late_stores) {
    if (is_seen(store)) std::memcpy(store.to, store.value, store.bytes);
  }
  std::erase_if(late_stores, is_seen);
  release(0, threads, State::kAtClusterBarrier);
}

void run_blocks(int threads) {
  const int all = static_cast<int>(blocks.size()) * threads;
  int idle_rounds = 0;
  cluster_barriers = 0;
  late_stores.clear();
  for (any_work = false; run_ready(all); any_work = false) {
    idle_rounds = any_work ? 0 : idle_rounds + 1;
    if (idle_rounds > kRestRounds) clock_now += kIdleNanoseconds;
    if (idle_rounds > kMostIdleRounds) give_up("threads wait for a value that no thread writes");
    for (int first = 0; first < all; first += threads) release_block(first, threads);
    release_cluster(all);
  }
  if (count(0, all, State::kDone) != all) give_up("threads wait for each other at different barriers");
  for (const Block& block : blocks) {
    if (!block.guards_intact()) give_up("wrote outside the shared memory of a block");
  }
  for (int i = 0; i < all; ++i) {
    if (fibers[i].stored_before >= fibers[i].arrivals) {
      give_up("a store to another block's shared memory has no cluster barrier after it: that block may have ended");
    }
    if (fibers[i].arrivals != cluster_barriers) give_up("some threads never arrive at a cluster barrier");
  }
}

void prepare(Block& block, int first, uint3 index, size_t shared_bytes) {
  const int threads = static_cast<int>(block_size.x * block_size.y * block_size.z);
  block.index = index;
  block.vote[0] = block.vote[1] = block.vote[2] = false;
  block.shared_bytes = shared_bytes;
  block.memory.assign((shared_bytes + 15) / 16 + 2 * kGuard, kPoison);
  const size_t guard_bytes = kGuard * sizeof(Shared16);
  std::memset(block.memory.data(), kGuardByte, guard_bytes);
  std::memset(block.shared() + shared_bytes, kGuardByte, block.memory.size() * sizeof(Shared16) - guard_bytes - shared_bytes);
  for (int i = 0; i < threads; ++i) {
    const auto place = static_cast<unsigned>(i);
    Fiber& fiber = fibers[first + i];
    fiber.index = {place % block_size.x, place / block_size.x % block_size.y, place / block_size.x / block_size.y};
    fiber.block = &block;
    fiber.state = State::kReady;
    fiber.warp_operations = fiber.votes = fiber.arrivals = fiber.waits = 0;
    fiber.stored_before = -1;
    fiber.copies.clear();
    fiber.stores_late = random_number() >> 16 & 1;
  }
}

int begin(const char* name, dim3 grid, dim3 block, const std::function<void()>& thread) {
  const int threads = static_cast<int>(block.x * block.y * block.z);
  TL_CHECK(threads >= 1 && threads <= kMostThreads && grid.y <= 65535 && grid.z <= 65535,
           "[{}] cannot be launched: grid {}x{}x{}, {} threads per block", name, grid.x, grid.y, grid.z, threads);
  thread_body = &thread;
  kernel_name = name;
  ++launches[name];
  block_size = block;
  grid_size = grid;
  return threads;
}

}  // namespace

int lane() { return running & 31; }
void wait_for_block() { pause(State::kAtBarrier); }
void wait_for_warp() { pause(State::kAtWarpOperation); }
void let_others_run() { pause(State::kReady); }
uint64_t nanoseconds() { return clock_now; }
void trap() { complain("the kernel gave up (trap)"); }
unsigned char* shared_memory() { return fibers[running].block->shared(); }
unsigned cluster_rank() { return static_cast<unsigned>(fibers[running].block - blocks.data()); }

void copy_later(void* to, const void* from, size_t bytes) {
  const bool aligned = reinterpret_cast<uintptr_t>(to) % bytes == 0 && reinterpret_cast<uintptr_t>(from) % bytes == 0;
  if (!aligned) complain("a copy to shared memory is not aligned");
  fibers[running].copies.push_back({to, from, bytes});
}
void wait_for_copies() {
  for (const Copy& copy : fibers[running].copies) std::memcpy(copy.to, copy.from, copy.bytes);
  fibers[running].copies.clear();
}

void arrive_at_cluster() {
  Fiber& fiber = fibers[running];
  if (fiber.arrivals != fiber.waits) complain("a thread arrives at a cluster barrier but has not waited for the last one");
  ++fiber.arrivals;
  fiber.stores_late = random_number() >> 16 & 1;
}

void wait_for_cluster() {
  Fiber& fiber = fibers[running];
  if (fiber.arrivals != ++fiber.waits) complain("a thread waits for a cluster barrier but has not arrived at it");
  if (cluster_barriers < fiber.waits) pause(State::kAtClusterBarrier);
}

void store_to_block(unsigned rank, void* mine, const void* value, size_t bytes) {
  Fiber& fiber = fibers[running];
  const int64_t offset = static_cast<unsigned char*>(mine) - fiber.block->shared();
  if (rank >= blocks.size()) complain("a store to a block that is not in the cluster");
  if (offset < 0 || offset + bytes > fiber.block->shared_bytes || offset % bytes != 0) {
    complain("a store to another block is outside its shared memory, or not aligned");
  }
  unsigned char* const to = blocks[rank].shared() + offset;
  if (rank == cluster_rank()) {
    std::memcpy(to, value, bytes);
    return;
  }
  if (fiber.waits == 0)
    complain("a store to another block's shared memory has no cluster barrier before it: that block may not have started");
  fiber.stored_before = fiber.arrivals;
  if (!fiber.stores_late) {
    std::memcpy(to, value, bytes);
    return;
  }
  LateStore store{to, bytes, fiber.arrivals + 1, {}};
  std::memcpy(store.value, value, bytes);
  late_stores.push_back(store);
}

uint64_t exchange_in_warp(uint64_t mine, int from_lane) {
  const int turn = fibers[running].warp_operations++ & 1;
  warp_slots[turn][running] = mine;
  wait_for_warp();
  return warp_slots[turn][(running & ~31) + from_lane];
}

unsigned ballot(bool mine) {
  const int turn = fibers[running].warp_operations++ & 1;
  warp_slots[turn][running] = mine;
  wait_for_warp();
  unsigned bits = 0;
  for (int i = 0; i < 32; ++i) bits |= static_cast<unsigned>(warp_slots[turn][(running & ~31) + i]) << i;
  return bits;
}

const MmaOperands* gather_in_warp(const MmaOperands& mine) {
  const int turn = fibers[running].warp_operations++ & 1;
  mma_slots[turn][running] = mine;
  wait_for_warp();
  return mma_slots[turn] + (running & ~31);
}

bool any_of_block(bool mine) {
  bool* vote = fibers[running].block->vote;
  const int turn = fibers[running].votes++ % 3;
  if (mine) vote[turn] = true;
  vote[(turn + 1) % 3] = false;  // all threads have read this slot, two votes ago
  wait_for_block();
  return vote[turn];
}

void run(const char* name, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread) {
  const int threads = begin(name, grid, block, thread);
  blocks.resize(1);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        prepare(blocks[0], 0, {x, y, z}, shared_bytes);
        run_blocks(threads);
      }
    }
  }
}

void run_together(const char* name, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread) {
  const int threads = begin(name, grid, block, thread);
  TL_CHECK(grid.y == 1 && grid.z == 1 && static_cast<int>(grid.x) * threads <= kMostThreads && threads % 32 == 0,
           "[{}] cannot be launched together: {} blocks of {} threads", name, grid.x, threads);
  blocks.resize(grid.x);
  for (unsigned x = 0; x < grid.x; ++x) prepare(blocks[x], static_cast<int>(x) * threads, {x, 0, 0}, shared_bytes);
  run_blocks(threads);
}

void run_clusters(const char* name, int clusters, int cluster, dim3 block, size_t shared_bytes,
                  const std::function<void()>& thread) {
  const int threads = begin(name, clusters * cluster, block, thread);
  TL_CHECK(cluster >= 1 && cluster * threads <= kMostThreads && threads % 32 == 0,
           "[{}] cannot be launched in clusters of {} blocks of {} threads", name, cluster, threads);
  blocks.resize(cluster);
  for (int first = 0; first < clusters * cluster; first += cluster) {
    for (int i = 0; i < cluster; ++i) prepare(blocks[i], i * threads, {static_cast<unsigned>(first + i), 0, 0}, shared_bytes);
    run_blocks(threads);
  }
}

}  // namespace tagloom::emulated
