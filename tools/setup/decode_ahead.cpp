#include "tools/setup/decode_ahead.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "engine/data/image.h"
#include "engine/io/read_file.h"
#include "tools/setup/thumbnail.h"

namespace tagloom {

DecodeAhead::DecodeAhead(const PictureReaderSettings& settings, int thumbnail_side)
    : settings_(settings), thumbnail_side_(thumbnail_side) {
  check(settings_.transform);
  const int count =
      settings_.workers > 0 ? settings_.workers : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  try {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

DecodeAhead::~DecodeAhead() { stop(); }

void DecodeAhead::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

size_t DecodeAhead::picture_bytes() const {
  return static_cast<size_t>(settings_.transform.size) * static_cast<size_t>(settings_.transform.size) * 3;
}

bool DecodeAhead::ready() const {
  const std::lock_guard lock(mutex_);
  return !slots_.empty() && slots_.front().left == 0;
}

void DecodeAhead::add(std::vector<std::string> paths) {
  Slot slot;
  slot.images = std::move(spare_);
  slot.images.resize(paths.size() * picture_bytes());
  slot.failures.resize(paths.size());
  if (thumbnail_side_ > 0) slot.thumbnails.resize(paths.size());
  slot.left = paths.size();
  slot.paths = std::move(paths);
  {
    const std::lock_guard lock(mutex_);
    slots_.push_back(std::move(slot));  // does not move the other slots
  }
  work_.notify_all();
}

void DecodeAhead::take(DecodedBatch& batch) {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return slots_.front().left == 0; });
  Slot slot = std::move(slots_.front());
  slots_.pop_front();
  lock.unlock();
  if (slot.broken) std::rethrow_exception(slot.broken);
  batch.paths.clear();
  batch.failures.clear();
  batch.thumbnails.clear();
  const size_t bytes = picture_bytes();
  for (size_t i = 0; i < slot.paths.size(); ++i) {
    if (!slot.failures[i].reason.empty()) {
      batch.failures.push_back(std::move(slot.failures[i]));
      continue;
    }
    const size_t kept = batch.paths.size();
    if (kept != i) std::memcpy(&slot.images[kept * bytes], &slot.images[i * bytes], bytes);
    batch.paths.push_back(std::move(slot.paths[i]));
    if (thumbnail_side_ > 0) batch.thumbnails.push_back(std::move(slot.thumbnails[i]));
  }
  slot.images.resize(batch.paths.size() * bytes);
  spare_ = std::exchange(batch.images, std::move(slot.images));
}

void DecodeAhead::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    auto slot = slots_.end();
    work_.wait(lock, [&] {
      slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& one) { return one.started < one.paths.size(); });
      return stopping_ || slot != slots_.end();
    });
    if (stopping_) return;
    Slot& taken = *slot;  // does not move until all its pictures are done
    const size_t picture = taken.started++;
    lock.unlock();
    std::exception_ptr broken;
    try {
      load(taken, picture);
    } catch (...) {
      broken = std::current_exception();
    }
    lock.lock();
    if (broken && !taken.broken) taken.broken = broken;
    if (--taken.left == 0) done_.notify_all();
  }
}

void DecodeAhead::load(Slot& slot, size_t picture) const {
  const std::string& path = slot.paths[picture];
  const auto fail_with = [&](const Error& error, ReadProblem problem) {
    slot.failures[picture] = {static_cast<int64_t>(picture), path, error.what(), problem};
  };
  ReadProblem problem = ReadProblem::kTransient;
  try {
    const std::vector<uint8_t> content = read_file(path);
    problem = ReadProblem::kContent;
    const Image image = decode_image(content, path, least_side(settings_.transform));
    if (thumbnail_side_ > 0) slot.thumbnails[picture] = thumbnail_jpeg(image, content, thumbnail_side_);
    const size_t bytes = picture_bytes();
    apply(settings_.transform, image, false, RandomKey{settings_.seed, 0},
          std::span(slot.images).subspan(picture * bytes, bytes));
  } catch (const DecoderOutOfMemory& error) {
    fail_with(error, ReadProblem::kTransient);
  } catch (const std::bad_alloc&) {  // the thumbnail or the scaled picture
    fail_with(DecoderOutOfMemory(path), ReadProblem::kTransient);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    fail_with(error, problem);
  }
}

}  // namespace tagloom
