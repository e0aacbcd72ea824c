// Links, renames and removes checkpoint files.
#include "engine/train/sane_checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "engine/io/atomic_file.h"
#include "engine/io/mapped_file.h"
#include "engine/train/checkpoint.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

// Empty if there is no such file, or its state is not sane.
std::optional<TrainingPosition> sane_position(const std::string& path) {
  if (!fs::exists(path)) return {};
  const TrainingPosition position = checkpoint_position(path);
  return position.health.sane ? std::optional(position) : std::nullopt;
}

// A hard link costs nothing. Some file systems have none.
void link_or_copy(const std::string& from, const std::string& to) {
  fs::remove(to);
  if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
  const MappedFile file(from);
  AtomicFile copy(to, static_cast<int64_t>(file.bytes().size()));
  copy.write(file.bytes());
  copy.commit();
}

// A checkpoint that cannot be read now may be sane, but not if it already has a previous one.
bool is_worth_keeping(const std::string& last, const std::string& previous) {
  if (!fs::exists(last)) return false;
  try {
    return checkpoint_position(last).health.sane;
  } catch (const Error&) {
    return !fs::exists(previous);
  }
}

}  // namespace

void replace_checkpoint(const std::string& last, const std::string& previous, bool sane, const std::function<void()>& save) {
  if (!sane && is_worth_keeping(last, previous)) link_or_copy(last, previous);
  save();
  if (sane) fs::remove(previous);
}

std::optional<TrainingPosition> restore_sane_checkpoint(const std::string& last, const std::string& previous) {
  std::optional<TrainingPosition> position = sane_position(last);
  if (position) {
    fs::remove(previous);
  } else if ((position = sane_position(previous))) {
    fs::rename(previous, last);
  } else {
    fs::remove(last);
  }
  return position;
}

}  // namespace tagloom
