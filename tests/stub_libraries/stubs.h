#pragma once
// The controls and counters of the stub libraries that replace cuBLASLt and cuDNN without a GPU.
#include <cuda_runtime.h>

#include <functional>

namespace tagloom::stub {

inline constexpr int kMost = 8;

struct Library {
  // Submits work to a stream; null does the work at once.
  void (*enqueue)(cudaStream_t stream, std::function<void()> work) = nullptr;
  double* clock = nullptr;                                                 // advanced by the time of the chosen candidate
  int candidates = kMost;                                                  // algorithms or engines that the heuristics offer
  double seconds[kMost] = {};                                              // the time of each
  bool fails[kMost] = {};                                                  // offered, but fails to run
  bool accepts[kMost] = {true, true, true, true, true, true, true, true};  // accepts it from a file
  int precompiled = kMost;                                                 // cuDNN compiles the engines from this index on
  int note_of_first = -1;                                                  // a numerical note of cuDNN's first engine
  unsigned refused_epilogue = 0;                                           // the heuristics offer no algorithm for it
  unsigned impossible_epilogue = 0;                                        // the heuristics offer one, which does not run
  int created = 0, heuristics = 0, plans = 0, runs = 0, refused_runs = 0;  // calls so far
  int last_run = -1;                                                       // the candidate that ran last
  unsigned reduction_schemes = 0;                                          // allowed in the last heuristic query
};

}  // namespace tagloom::stub

// Each library exports its state under this name, and aborts if it is called after its exit handlers have run.
extern "C" tagloom::stub::Library* stub_library();
