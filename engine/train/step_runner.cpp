// Runs the first step of a key, records the second, and replays it from then on.
#include "engine/train/step_runner.h"

#include "kernels/base/warning.h"

namespace tagloom {
namespace {

constexpr size_t kMostRecordings = 128;  // a rank model has one per number of tags and batch slot

}  // namespace

void StepRunner::clear() {
  recordings_.clear();
  seen_.clear();
}

void StepRunner::run(int64_t iteration, const uint64_t* step_number, const StepKey& key, const Work& work) {
  kernels::Queue& queue = device_.queue();
  TapeLoan loan{.step_number = step_number};
  const auto call = [&] {
    Tape tape(Tape::kRecord, seed_, static_cast<uint64_t>(iteration), loan);
    work(tape);
  };
  if (key.empty() || cannot_record_ || !kernels::can_record(queue)) return call();

  const auto known = recordings_.find(key);
  if (known != recordings_.end()) return known->second->repeat(queue);
  if (seen_.size() >= kMostRecordings) clear();
  loan.arena = &arena_;
  if (seen_.insert(key).second) {
    call();
    if (arena_.chunk_count() > 1) {  // reset() merges the chunks, which changes addresses
      recordings_.clear();
      arena_.reset();
      return;
    }
  } else {
    loan.recorded = true;
    std::unique_ptr<kernels::Recording> recording;
    try {
      recording = kernels::record(queue, call);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kDevice) throw;
      kernels::warn(
          format("the training step cannot be recorded here, so each of its kernels is launched by itself: {}", error.what()));
      cannot_record_ = true;
      clear();
      loan.recorded = false;
      arena_.reset();
      call();
    }
    if (recording) (recordings_[key] = std::move(recording))->repeat(queue);
  }
  arena_.reset();
}

}  // namespace tagloom
