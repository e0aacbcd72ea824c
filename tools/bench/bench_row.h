#pragma once
// One row of the benchmark: work of one size, verified before it is timed.
#include <functional>
#include <string>
#include <vector>

#include "engine/core/device.h"

namespace tagloom {

enum class MatrixType { kFp32, kTf32, kBf16 };  // of what is multiplied: which matrix rate is the roof

// Whether the results were right, and what that was judged by.
struct Verdict {
  std::string how;         // "same bits twice"
  std::string wrong = {};  // the first thing that was not right; empty: verified
};

// How much is verified before a row is timed.
struct Checks {
  bool verify = true;  // false: what is timed is not looked at
  int runs = 2;        // that must give the same bits
};

// A row made ready on a device, with all the memory it needs.
struct ReadyRow {
  Verdict verdict;
  std::function<void()> call;
};

struct BenchRow {
  std::string name;      // "lstm_gates_forward[n=32 d=512 first=0 in_place=0 seed=7]"
  double bytes = 0;      // that one call reads and writes, at least; 0: not counted
  double flops = 0;      // of one call; 0: not counted
  int64_t pictures = 0;  // in one call, of a row that is measured in pictures; 0: an op
  MatrixType type = MatrixType::kFp32;
  bool filling = false;  // large enough to keep every multiprocessor of a large GPU busy
  std::function<ReadyRow(Device, const Checks&)> make = {};
};

// The ops at sizes that taggers have, at sizes that fill a GPU, and with `all` also at the sizes that the tests run.
std::vector<BenchRow> op_rows(bool cuda, bool all);

// Whole steps from features to the update of a head, and of the small CNN with its head.
std::vector<BenchRow> step_rows();

// Whole steps from pictures on: a backbone's features, its training, a tagger's training and its tags. On a GPU ResNet-50,
// ResNet-101 and VGG-16; with `all` also small sizes, which the tests run.
std::vector<BenchRow> backbone_rows(bool cuda, bool all);

}  // namespace tagloom
