#include "engine/train/step_runner.h"

#include "kernels/base/warning.h"

namespace tagloom {
namespace {

constexpr size_t kMostRecordings = 128;  // a rank model has one for each number of tags, in each of two batches

}  // namespace

void StepRunner::forget() {
  recordings_.clear();
  seen_.clear();
}

void StepRunner::run(int64_t iteration, const uint64_t* step_number, const Likeness& likeness, const Work& work) {
  kernels::Queue& queue = device_.queue();
  TapeLoan loan{.step_number = step_number};
  const auto call = [&] {
    Tape tape(Tape::kRecord, seed_, static_cast<uint64_t>(iteration), loan);
    work(tape);
  };
  if (likeness.empty() || cannot_record_ || !kernels::can_record(queue)) return call();

  const auto known = recordings_.find(likeness);
  if (known != recordings_.end()) return known->second->repeat(queue);
  if (seen_.size() >= kMostRecordings) forget();
  loan.arena = &arena_;
  if (seen_.insert(likeness).second) {
    call();
    if (arena_.chunk_count() > 1) {  // it gets them in one piece, at another place
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
      forget();
      loan.recorded = false;
      arena_.reset();
      call();
    }
    if (recording) (recordings_[likeness] = std::move(recording))->repeat(queue);
  }
  arena_.reset();
}

}  // namespace tagloom
