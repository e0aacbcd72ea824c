// Checks, creates and locks run folders.
#include "engine/run/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "engine/io/atomic_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
constexpr char kLock[] = ".lock";

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool is_empty_folder(const std::string& path) {
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    if (entry.path().filename() != kLock) return false;
  }
  return true;
}

bool has_checkpoint(const std::string& path) {
  return fs::exists(path + "/last.safetensors") || fs::exists(path + "/best.safetensors");
}

// Removes the files of a run that never saved a checkpoint.
void remove_traces(const std::string& path) {
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (name == "previous.safetensors" || name == "metrics.jsonl" || name == "report.html" ||
        name.starts_with("events.out.tfevents."))
      fs::remove(entry.path());
  }
}

}  // namespace

bool is_run_folder(const std::string& path) {
  return fs::is_regular_file(path + "/config.toml") && fs::is_regular_file(path + "/vocabulary.txt");
}

void require_run_folder(const std::string& path) {
  TL_CHECK(fs::exists(path), "{}: no such run folder", path);
  TL_CHECK(is_run_folder(path), "{} is not a run: it has no config.toml and vocabulary.txt", path);
}

void require_resumable_run(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  require_run_folder(path);
  TL_CHECK(fs::exists(path + "/last.safetensors") || !has_checkpoint(path),
           "{} contains a finished model without training state, so it cannot be resumed: choose another folder to train again",
           path);
  TL_CHECK(fs::exists(path + "/last.safetensors"),
           "{} has no last.safetensors, so it cannot be resumed: start again with -o {} "
           "instead of --resume",
           path, path);
}

RunFolder RunFolder::create(const std::string& given) {
  const std::string path = without_trailing_slash(given);
  TL_CHECK(!path.empty(), "the run folder has no name: give one with -o FOLDER");
  std::error_code error;
  if (fs::exists(path)) {
    TL_CHECK(fs::is_directory(path), "{} is a file: choose another run folder", path);
    TL_CHECK(!has_checkpoint(path), "{} already contains a run: resume it with --resume {}, or choose another folder", path,
             path);
    TL_CHECK(is_empty_folder(path) || is_run_folder(path), "{} is not empty and is not a run: choose another folder", path);
  } else {
    fs::create_directories(path, error);
    TL_CHECK_AS(ErrorKind::kData, !error, "{}: the run folder cannot be created: {}", path, error.message());
  }
  RunFolder folder(path);
  remove_traces(path);
  return folder;
}

RunFolder RunFolder::resume(const std::string& given) {
  require_resumable_run(given);
  return RunFolder(without_trailing_slash(given));
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
}

RunFolder::RunFolder(RunFolder&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
}

void RunFolder::write_config(const std::string& toml) const { write_file_atomically(config(), toml); }

void RunFolder::write_vocabulary(const std::vector<std::string>& tags) const {
  std::string text;
  for (const std::string& tag : tags) text.append(tag).append("\n");
  write_file_atomically(vocabulary(), text);
}

}  // namespace tagloom
