// A ring of batches in progress. Workers take single pictures, batch after batch, while the ring has room; next() takes complete
// batches from the front.
#include "engine/data/picture_reader.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "engine/data/image.h"
#include "engine/data/packs/pack.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

int usable_cpus() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

class PictureReader::Workers {
 public:
  struct Failure {
    std::string reason;  // "" if the picture was read
    ReadProblem problem = ReadProblem::kContent;
  };

  // One batch in progress. Workers write to `images` and `failures` without the lock, each at its own picture's index.
  struct Slot {
    std::vector<int64_t> index;
    std::vector<uint8_t> images;
    std::vector<Failure> failures;
    std::exception_ptr broken;  // any other error, such as out of memory
    int64_t position = 0;
    size_t left = 0;  // pictures not done yet
  };

  Workers(const Dataset& dataset, const PictureReaderSettings& settings) : dataset_(dataset), settings_(settings) {
    slots_.resize(static_cast<size_t>(settings.prefetch));
    const int count = settings.workers > 0 ? settings.workers : usable_cpus();
    try {
      for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }

  ~Workers() { stop(); }

  void start(const Sampler& sampler) {
    std::unique_lock lock(mutex_);
    end_epoch(lock);
    batches_.clear();
    for (int64_t i = sampler.position(); i < sampler.batches(); ++i) batches_.push_back(sampler.batch(i));
    first_position_ = sampler.position();
    epoch_ = static_cast<uint64_t>(sampler.epoch());
    front_ = filled_ = next_batch_ = next_picture_ = 0;
    fill_ring();
  }

  // Waits until the front batch is complete; null at the end. The caller owns the slot until release().
  Slot* wait() {
    std::unique_lock lock(mutex_);
    if (front_ == batches_.size()) return nullptr;
    Slot& slot = slot_of(front_);
    done_.wait(lock, [&] { return slot.left == 0; });
    return &slot;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    ++front_;
    fill_ring();
  }

  void abandon_epoch() {
    std::unique_lock lock(mutex_);
    end_epoch(lock);
  }

 private:
  Slot& slot_of(size_t batch) { return slots_[batch % slots_.size()]; }

  // Opens slots while the ring has room. Requires the lock.
  void fill_ring() {
    const size_t picture_bytes = static_cast<size_t>(settings_.transform.size) * settings_.transform.size * 3;
    for (; filled_ < batches_.size() && filled_ < front_ + slots_.size(); ++filled_) {
      Slot& slot = slot_of(filled_);
      slot.index = batches_[filled_];
      slot.images.resize(slot.index.size() * picture_bytes);
      slot.failures.assign(slot.index.size(), {});
      slot.broken = nullptr;
      slot.position = first_position_ + static_cast<int64_t>(filled_);
      slot.left = slot.index.size();
    }
    work_.notify_all();
  }

  // Stops taking pictures and waits for those being decoded. Requires the lock.
  void end_epoch(std::unique_lock<std::mutex>& lock) {
    batches_.clear();
    front_ = filled_ = next_batch_ = next_picture_ = 0;
    done_.wait(lock, [this] { return busy_ == 0; });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [this] { return stopping_ || next_batch_ < filled_; });
      if (stopping_) return;
      Slot& slot = slot_of(next_batch_);
      const size_t picture = next_picture_++;
      if (next_picture_ == slot.index.size()) {
        next_picture_ = 0;
        ++next_batch_;
      }
      const uint64_t epoch = epoch_;
      ++busy_;
      lock.unlock();
      std::exception_ptr broken;
      try {
        load(slot, picture, epoch);
      } catch (...) {
        broken = std::current_exception();
      }
      lock.lock();
      --busy_;
      --slot.left;
      if (broken && !slot.broken) slot.broken = broken;
      if (slot.left == 0 || busy_ == 0) done_.notify_all();
    }
  }

  void load(Slot& slot, size_t picture, uint64_t epoch) {
    const int64_t index = slot.index[picture];
    const TransformOptions& transform = settings_.transform;
    const size_t bytes = static_cast<size_t>(transform.size) * transform.size * 3;
    ReadProblem problem = ReadProblem::kTransient;
    try {
      const PictureContent content = dataset_.content_of(index);
      problem = ReadProblem::kContent;
      const Image image = decode_image(content.bytes, content.name, least_side(transform));
      const RandomKey key{settings_.seed, random_stream(epoch, static_cast<uint64_t>(index), kTransformStream)};
      apply(transform, image, settings_.training, key, std::span(slot.images).subspan(picture * bytes, bytes));
    } catch (const DecoderOutOfMemory& error) {
      slot.failures[picture] = {error.what(), ReadProblem::kTransient};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      slot.failures[picture] = {error.what(), problem};
    }
  }

  const Dataset& dataset_;
  const PictureReaderSettings& settings_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;  // guards all members below; a slot's pixels belong to the worker or caller that has the picture or batch
  std::condition_variable work_, done_;
  std::vector<Slot> slots_;
  std::vector<std::vector<int64_t>> batches_;  // of this epoch, starting at first_position_
  int64_t first_position_ = 0;
  uint64_t epoch_ = 0;
  size_t front_ = 0;                          // the batch to hand out next
  size_t filled_ = 0;                         // batches that have or had a slot
  size_t next_batch_ = 0, next_picture_ = 0;  // the picture to decode next
  int busy_ = 0;                              // workers decoding
  bool stopping_ = false;
};

PictureReader::PictureReader(const Dataset& dataset, const PictureReaderSettings& settings)
    : dataset_(dataset), settings_(settings) {
  check(settings.transform);
  if (dataset.pack() != nullptr && dataset.pack()->packed_size)
    check_fits(*dataset.pack()->packed_size, settings.transform, dataset.manifest().string());
  TL_CHECK(settings.workers >= 0 && settings.workers <= 1024, "[loader] workers must be 0 to 1024, got {}", settings.workers);
  TL_CHECK(settings.prefetch >= 1 && settings.prefetch <= 1024, "[loader] prefetch must be 1 to 1024, got {}", settings.prefetch);
  workers_ = std::make_unique<Workers>(dataset_, settings_);
}

PictureReader::~PictureReader() = default;

void PictureReader::start(const Sampler& sampler) {
  pictures_ = loaded_ = 0;
  whole_epoch_ = sampler.position() == 0;
  workers_->start(sampler);
}

bool PictureReader::next(HostBatch& batch) {
  const size_t bytes = static_cast<size_t>(settings_.transform.size) * settings_.transform.size * 3;
  while (Workers::Slot* slot = workers_->wait()) {
    pictures_ += static_cast<int64_t>(slot->index.size());
    try {
      if (slot->broken) std::rethrow_exception(slot->broken);
      size_t kept = 0;
      for (size_t i = 0; i < slot->index.size(); ++i) {
        const Workers::Failure& failure = slot->failures[i];
        if (failure.reason.empty()) {
          if (kept != i) {
            std::memcpy(&slot->images[kept * bytes], &slot->images[i * bytes], bytes);
            slot->index[kept] = slot->index[i];
          }
          ++kept;
          continue;
        }
        if (settings_.on_error == OnError::kStop) throw Error(ErrorKind::kData, failure.reason);
        const int64_t index = slot->index[i];
        failures_.push_back({index, std::string(dataset_.sample(index).path), failure.reason, failure.problem});
        if (on_failure) on_failure(failures_.back());
      }
      slot->index.resize(kept);
      slot->images.resize(kept * bytes);
    } catch (...) {
      workers_->abandon_epoch();
      whole_epoch_ = false;
      throw;
    }
    batch.n = static_cast<int>(slot->index.size());
    batch.position = slot->position;
    batch.index.swap(slot->index);
    batch.images.swap(slot->images);
    workers_->release();
    loaded_ += batch.n;
    if (batch.n > 0) return true;
  }
  if (whole_epoch_ && pictures_ > 0 && loaded_ == 0)
    fail(ErrorKind::kData, "none of {} pictures could be read; the last: {}", pictures_, failures_.back().reason);
  return false;
}

}  // namespace tagloom
