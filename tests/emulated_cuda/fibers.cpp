// Runs the threads of one block, or of several at once, as fibers of one CPU thread.
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "kernels/base/error.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::emulated {

uint3 thread_index, block_index;
dim3 block_size, grid_size;
int launches = 0, launches_together = 0;

namespace {

constexpr int kMostThreads = 1024;
constexpr size_t kStackBytes = 128 << 10;
constexpr int kMostIdleRounds = 64;  // in which threads only look whether a value has changed

struct alignas(16) Shared16 {
  uint32_t words[4];
};
constexpr Shared16 kPoison{{0x7fc0ffff, 0x7fc0ffff, 0x7fc0ffff, 0x7fc0ffff}};  // NaN as floats and as bfloat16 pairs

enum class State { kReady, kAtWarpOperation, kAtBarrier, kDone };

// What the threads of a block share.
struct Block {
  uint3 index{};
  bool rests = false;  // in this round
  bool vote[3] = {};
  std::vector<Shared16> memory;
};

struct Fiber {
  std::unique_ptr<char[]> stack;
  bool started = false;
  jmp_buf place;  // where it goes on
  State state = State::kDone;
  uint3 index{};
  Block* block = nullptr;
  int warp_operations = 0, votes = 0;
};

std::vector<Fiber> fibers(kMostThreads);
std::vector<Block> blocks;  // that run at once
int running = 0;
bool any_work = false;  // since the round began, apart from looking
jmp_buf scheduler;
const std::function<void()>* thread_body = nullptr;
uint64_t warp_slots[2][kMostThreads];  // by turns, so that one wait per operation is enough
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

[[noreturn]] void give_up(const char* name, const char* what) {
  for (Fiber& fiber : fibers) fiber.started = false;  // those that wait are never gone on with
  fail(ErrorKind::kInternal, "[{}] block ({}, {}, {}): {}", name, block_index.x, block_index.y, block_index.z, what);
}

// One turn for every fiber that can go on; true if there was one. Where blocks run together each rests every other round, by
// chance, so that some are ahead of others by as much as their barriers let them be.
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

// Lets the warps and the block of fibers first .. first + threads - 1 go on where all of them have come.
void release_block(const char* name, int block_first, int threads) {
  int waiting_for_block = 0, done = 0;
  const int end = block_first + threads;
  for (int first = block_first; first < end; first += 32) {
    const int last = std::min(first + 32, end), at_operation = count(first, last, State::kAtWarpOperation);
    waiting_for_block += count(first, last, State::kAtBarrier);
    done += count(first, last, State::kDone);
    if (at_operation == 32) {
      release(first, last, State::kAtWarpOperation);
    } else if (at_operation > 0 && at_operation + count(first, last, State::kDone) == last - first) {
      give_up(name, "a warp operation was reached by some lanes after others had left");
    }
  }
  if (waiting_for_block > 0 && waiting_for_block + done == threads) release(block_first, end, State::kAtBarrier);
}

void run_blocks(const char* name, int threads) {
  const int all = static_cast<int>(blocks.size()) * threads;
  int idle_rounds = 0;
  for (any_work = false; run_ready(all); any_work = false) {
    idle_rounds = any_work ? 0 : idle_rounds + 1;
    if (idle_rounds > kMostIdleRounds) give_up(name, "threads wait for a value that nobody will write");
    for (int first = 0; first < all; first += threads) release_block(name, first, threads);
  }
  if (count(0, all, State::kDone) != all) give_up(name, "threads wait for each other at different barriers");
}

void prepare(Block& block, int first, uint3 index, size_t shared_bytes) {
  const int threads = static_cast<int>(block_size.x * block_size.y * block_size.z);
  block.index = index;
  block.vote[0] = block.vote[1] = block.vote[2] = false;
  block.memory.resize((shared_bytes + 15) / 16);
  std::fill(block.memory.begin(), block.memory.end(), kPoison);
  for (int i = 0; i < threads; ++i) {
    const auto place = static_cast<unsigned>(i);
    Fiber& fiber = fibers[first + i];
    fiber.index = {place % block_size.x, place / block_size.x % block_size.y, place / block_size.x / block_size.y};
    fiber.block = &block;
    fiber.state = State::kReady;
    fiber.warp_operations = fiber.votes = 0;
  }
}

int begin(const char* name, dim3 grid, dim3 block, const std::function<void()>& thread) {
  const int threads = static_cast<int>(block.x * block.y * block.z);
  TL_CHECK(threads >= 1 && threads <= kMostThreads && grid.y <= 65535 && grid.z <= 65535,
           "[{}] cannot be launched: grid {}x{}x{}, {} threads a block", name, grid.x, grid.y, grid.z, threads);
  thread_body = &thread;
  block_size = block;
  grid_size = grid;
  return threads;
}

}  // namespace

int lane() { return running & 31; }
void wait_for_block() { pause(State::kAtBarrier); }
void wait_for_warp() { pause(State::kAtWarpOperation); }
void look_again() { pause(State::kReady); }
unsigned char* shared_memory() { return reinterpret_cast<unsigned char*>(fibers[running].block->memory.data()); }

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
  vote[(turn + 1) % 3] = false;  // everybody has read this one: it was the last but one
  wait_for_block();
  return vote[turn];
}

void run(const char* name, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread) {
  const int threads = begin(name, grid, block, thread);
  ++launches;
  blocks.resize(1);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        prepare(blocks[0], 0, {x, y, z}, shared_bytes);
        run_blocks(name, threads);
      }
    }
  }
}

void run_together(const char* name, dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread) {
  const int threads = begin(name, grid, block, thread);
  ++launches_together;
  TL_CHECK(grid.y == 1 && grid.z == 1 && static_cast<int>(grid.x) * threads <= kMostThreads && threads % 32 == 0,
           "[{}] cannot be launched together: {} blocks of {} threads", name, grid.x, threads);
  blocks.resize(grid.x);
  for (unsigned x = 0; x < grid.x; ++x) prepare(blocks[x], static_cast<int>(x) * threads, {x, 0, 0}, shared_bytes);
  run_blocks(name, threads);
}

}  // namespace tagloom::emulated
