#pragma once
// Libraries that stand in for cuBLASLt and cuDNN where there is no GPU: what a test sets in them, and what they count.
#include <cuda_runtime.h>

#include <functional>

namespace tagloom::stub {

inline constexpr int kMost = 8;

struct Library {
  // Gives work to a stream; without it work is done at once.
  void (*enqueue)(cudaStream_t stream, std::function<void()> work) = nullptr;
  double* clock = nullptr;                                                 // advanced by the time of the chosen candidate
  int candidates = kMost;                                                  // algorithms or engines that the heuristics offer
  double seconds[kMost] = {};                                              // that each takes
  bool refuses[kMost] = {};                                                // offered, but not run: NOT_SUPPORTED
  bool knows[kMost] = {true, true, true, true, true, true, true, true};    // takes it back from a file
  int precompiled = kMost;                                                 // cuDNN compiles the engines from this one on
  int note_of_first = -1;                                                  // a numerical note of cuDNN's first engine
  unsigned refused_epilogue = 0;                                           // cuBLASLt has no algorithm for it
  unsigned impossible_epilogue = 0;                                        // it has, and does not run it
  int created = 0, heuristics = 0, plans = 0, runs = 0, refused_runs = 0;  // calls so far
  int last_run = -1;                                                       // the candidate
  unsigned reduction_schemes = 0;                                          // that the last heuristic was allowed
};

}  // namespace tagloom::stub

// Each library exports its state under this name, and aborts where it is called after its own exit handlers have run.
extern "C" tagloom::stub::Library* stub_library();
