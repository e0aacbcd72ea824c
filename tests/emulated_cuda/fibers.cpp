// Runs the threads of a block as fibers of one CPU thread.
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

namespace {

constexpr int kMostThreads = 1024;
constexpr size_t kStackBytes = 128 << 10;

enum class State { kReady, kAtWarpOperation, kAtBarrier, kDone };

struct Fiber {
  std::unique_ptr<char[]> stack;
  bool started = false;
  jmp_buf place;  // where it goes on
  State state = State::kDone;
  uint3 index{};
  int warp_operations = 0, votes = 0;
};

std::vector<Fiber> fibers(kMostThreads);
int running = 0;
jmp_buf scheduler;
const std::function<void()>* thread_body = nullptr;
uint64_t warp_slots[2][kMostThreads];  // by turns, so that one wait per operation is enough
bool vote[3];
uint32_t random_state = 1;

uint32_t random_number() { return random_state = random_state * 1664525u + 1013904223u; }

void pause(State state) {
  Fiber& fiber = fibers[running];
  fiber.state = state;
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

// One turn for every fiber that can go on; true if there was one.
bool run_ready(int threads) {
  const int first = static_cast<int>(random_number() >> 8) % threads;
  const int step = random_number() >> 16 & 1 ? 1 : threads - 1;
  bool any = false;
  for (int turn = 0; turn < threads; ++turn) {
    const int i = static_cast<int>((first + int64_t{step} * turn) % threads);
    if (fibers[i].state != State::kReady) continue;
    any = true;
    resume(i);
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

void run_block(const char* name, int threads) {
  while (run_ready(threads)) {
    int waiting_for_block = 0, done = 0;
    for (int first = 0; first < threads; first += 32) {
      const int last = std::min(first + 32, threads), at_operation = count(first, last, State::kAtWarpOperation);
      waiting_for_block += count(first, last, State::kAtBarrier);
      done += count(first, last, State::kDone);
      if (at_operation == 32) {
        release(first, last, State::kAtWarpOperation);
      } else if (at_operation > 0 && at_operation + count(first, last, State::kDone) == last - first) {
        give_up(name, "a warp operation was reached by some lanes after others had left");
      }
    }
    if (waiting_for_block > 0 && waiting_for_block + done == threads) release(0, threads, State::kAtBarrier);
  }
  if (count(0, threads, State::kDone) != threads) give_up(name, "threads wait for each other at different barriers");
}

}  // namespace

int lane() { return running & 31; }
void wait_for_block() { pause(State::kAtBarrier); }
void wait_for_warp() { pause(State::kAtWarpOperation); }

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

bool any_of_block(bool mine) {
  const int turn = fibers[running].votes++ % 3;
  if (mine) vote[turn] = true;
  vote[(turn + 1) % 3] = false;  // everybody has read this one: it was the last but one
  wait_for_block();
  return vote[turn];
}

void run(const char* name, dim3 grid, dim3 block, const std::function<void()>& thread) {
  const int threads = static_cast<int>(block.x * block.y * block.z);
  TL_CHECK(threads >= 1 && threads <= kMostThreads && grid.y <= 65535 && grid.z <= 65535,
           "[{}] cannot be launched: grid {}x{}x{}, {} threads a block", name, grid.x, grid.y, grid.z, threads);
  thread_body = &thread;
  block_size = block;
  grid_size = grid;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        block_index = {x, y, z};
        vote[0] = vote[1] = vote[2] = false;
        for (int i = 0; i < threads; ++i) {
          const auto place = static_cast<unsigned>(i);
          fibers[i].index = {place % block.x, place / block.x % block.y, place / block.x / block.y};
          fibers[i].state = State::kReady;
          fibers[i].warp_operations = fibers[i].votes = 0;
        }
        run_block(name, threads);
      }
    }
  }
}

}  // namespace tagloom::emulated
