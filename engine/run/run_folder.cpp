// Derives the state of a run from its files; creates, locks and clears run folders.
#include "engine/run/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "engine/io/atomic_file.h"
#include "engine/io/folder.h"
#include "kernels/base/error.h"
#include "kernels/text/shell_quoted.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
constexpr char kLock[] = ".lock", kUnfinished[] = ".unfinished";

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool has_file(const std::string& path, const char* name) { return fs::exists(path + "/" + name); }

bool is_empty_folder(const std::string& path) {
  for (const fs::directory_entry& entry : entries_of(path)) {
    if (entry.path().filename() != kLock) return false;
  }
  return true;
}

void check_creatable(const std::string& path) {
  switch (run_state(path)) {
    case RunState::kNone:
      TL_CHECK(is_empty_folder(path), "{} is not empty and is not a run: choose another folder", path);
      break;
    case RunState::kStarted:
      break;
    case RunState::kResumable:
      fail(ErrorKind::kUsage, "{} already contains a run: resume it with --resume {}, or choose another folder", path,
           shell_quoted(path));
    case RunState::kModel:
      fail(ErrorKind::kUsage, "{} already contains a finished model: choose another folder", path);
  }
}

}  // namespace

RunState run_state(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  if (has_file(path, "last.safetensors")) return RunState::kResumable;
  if (is_unfinished_run(path)) return RunState::kStarted;
  if (has_file(path, "best.safetensors")) return RunState::kModel;
  // Versions without the marker left these after a kill before the first checkpoint.
  const bool old_start = is_run_folder(path) || (has_file(path, kLock) && has_file(path, "vocabulary.txt"));
  return old_start ? RunState::kStarted : RunState::kNone;
}

bool is_run_folder(const std::string& path) {
  return fs::is_regular_file(path + "/config.toml") && fs::is_regular_file(path + "/vocabulary.txt");
}

bool is_unfinished_run(const std::string& path) { return has_file(path, kUnfinished) && has_file(path, kLock); }

void require_run_folder(const std::string& path) {
  TL_CHECK(fs::exists(path), "{}: no such run folder", path);
  TL_CHECK(!fs::is_regular_file(path),
           "{} is a file, not a run folder: make a run of weights with tagdata tagger {} --classes FILE -o RUN", path,
           shell_quoted(path));
  const bool has_weights = has_file(path, "last.safetensors") || has_file(path, "best.safetensors");
  for (const char* const name : {"config.toml", "vocabulary.txt"}) {
    TL_CHECK(fs::is_regular_file(path + "/" + name) || !has_weights,
             "{}/{} is missing: restore it from a copy, or train again in another folder", path, name);
  }
  TL_CHECK(is_run_folder(path), "{} is not a run: it has no {}", path,
           has_file(path, "config.toml") ? "vocabulary.txt" : "config.toml");
}

void require_resumable_run(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  TL_CHECK(fs::exists(path), "{}: no such run folder", path);
  const RunState state = run_state(path);
  TL_CHECK(state != RunState::kModel,
           "{} contains a finished model without training state, so it cannot be resumed: choose another folder to train again",
           path);
  if (state != RunState::kStarted) return require_run_folder(path);
  TL_CHECK(has_file(path, "config.toml"), "{} stopped before its settings were written: start it again with -c FILE -o {}", path,
           shell_quoted(path));
}

RunFolder RunFolder::create(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  TL_CHECK(!path.empty(), "the run folder has no name: give one with -o FOLDER");
  std::error_code error;
  if (fs::exists(path)) {
    TL_CHECK(fs::is_directory(path), "{} is a file: choose another run folder", path);
    check_creatable(path);
  } else {
    fs::create_directories(path, error);
    TL_CHECK_AS(ErrorKind::kData, !error, "{}: the run folder cannot be created: {}", path, error.message());
  }
  RunFolder folder(path);
  check_creatable(path);  // another process may have trained here until now
  folder.begin();
  folder.remove_files(false);
  return folder;
}

RunFolder RunFolder::resume(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  require_resumable_run(path);
  RunFolder folder(path);
  TL_CHECK(run_state(path) == RunState::kResumable, "{} has no last.safetensors, so it cannot be resumed", path);
  return folder;
}

RunFolder RunFolder::restart(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  require_resumable_run(path);
  RunFolder folder(path);
  TL_CHECK(run_state(path) == RunState::kStarted, "{} has a checkpoint by now: try again", path);
  folder.begin();
  folder.remove_files(true);
  return folder;
}

void RunFolder::discard(const std::string& path) {
  const RunFolder folder(without_trailing_slash(path));
  folder.begin();
  folder.remove_files(false);
}

RunFolder::RunFolder(std::string path) : path_(std::move(path)) {
  const std::string name = file(kLock);
  lock_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  TL_CHECK_AS(ErrorKind::kData, lock_ >= 0, "{}: cannot be written: {}", name, std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    char owner[32] = "";
    const ssize_t length = pread(lock_, owner, sizeof owner - 1, 0);
    close(std::exchange(lock_, -1));
    TL_CHECK_AS(ErrorKind::kData, error == EWOULDBLOCK, "{}: cannot be locked: {}", name, std::strerror(error));
    fail(ErrorKind::kUsage, "{}: another training process{} is writing here: wait for it, or choose another folder", path_,
         length > 0 ? format(" (PID {})", owner) : "");
  }
  const std::string owner = std::to_string(getpid());
  if (ftruncate(lock_, 0) == 0) detail::write_fully(lock_, std::as_bytes(std::span(owner)));  // only for the message above
  sweep_temporaries(path_);
}

RunFolder::RunFolder(RunFolder&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
}

// The folder's next fsync, by any file of the run, also keeps the marker.
void RunFolder::begin() const {
  const int marker = open(file(kUnfinished).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  TL_CHECK_AS(ErrorKind::kData, marker >= 0, "{}: cannot be written: {}", file(kUnfinished), std::strerror(errno));
  close(marker);
}

// The checkpoint first: without it, and with the marker, the rest can start again.
void RunFolder::remove_files(bool keep_config) const {
  const auto remove = [](const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot be removed: {}", path.string(), error.message());
  };
  for (const std::string& path : {last(), previous(), best(), decisions(), report(), metrics(), vocabulary()}) remove(path);
  if (!keep_config) remove(config());
  for (const fs::directory_entry& entry : entries_of(path_)) {
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) remove(entry.path());
  }
}

void RunFolder::finish() const {
  std::error_code error;
  fs::remove(file(kUnfinished), error);
  TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot be removed: {}", file(kUnfinished), error.message());
  sync_folder(path_);
}

void RunFolder::write_config(const std::string& toml) const { write_file_atomically(config(), toml); }

void RunFolder::write_vocabulary(const std::vector<std::string>& tags) const {
  std::string text;
  for (const std::string& tag : tags) text.append(tag).append("\n");
  write_file_atomically(vocabulary(), text);
}

}  // namespace tagloom
