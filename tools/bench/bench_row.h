#pragma once
// One row of the benchmark: work of one size, verified before it is timed.
#include <functional>
#include <string>
#include <vector>

#include "engine/core/device.h"

namespace tagloom {

enum class MatrixType { kFp32, kTf32, kBf16 };  // type of the products; selects the matrix rate of the roof

// Whether the results were right, and how they were verified.
struct Verdict {
  std::string how;         // "same bits twice"
  std::string wrong = {};  // the first error; empty if the row is verified
};

// How to verify a row before it is timed.
struct Checks {
  bool verify = true;
  int runs = 2;  // all must give the same bits
};

// A row prepared on a device, with all the memory it needs.
struct ReadyRow {
  Verdict verdict;
  std::function<void()> call;
};

struct BenchRow {
  std::string name;      // "lstm_gates_forward[n=32 d=512 first=0 in_place=0 seed=7]"
  double bytes = 0;      // minimum that one call reads and writes; 0 if not counted
  double flops = 0;      // of one call; 0 if not counted
  int64_t pictures = 0;  // in one call of a row that reports images/s; 0 for an op
  MatrixType type = MatrixType::kFp32;
  bool filling = false;  // large enough to keep every multiprocessor of a large GPU busy
  std::function<ReadyRow(Device, const Checks&)> make = {};
};

// The ops at the sizes of taggers, at sizes that fill a GPU, and with `all` also at the sizes of the tests.
std::vector<BenchRow> op_rows(bool cuda, bool all);

// Training steps of the heads, from features to the update, and of the small CNN with its head.
std::vector<BenchRow> step_rows();

// Steps that start from pictures: a backbone's features and its training, a tagger's training and its predictions. On a GPU with
// ResNet-50, ResNet-101 and VGG-16; with `all` also at the small sizes of the tests.
std::vector<BenchRow> backbone_rows(bool cuda, bool all);

}  // namespace tagloom
