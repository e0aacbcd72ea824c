#include "tools/listing/folder_watch.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "engine/io/hash.h"
#include "kernels/base/error.h"
#include "tools/listing/file_kinds.h"
#include "tools/listing/wait_for_input.h"

namespace tagloom {
namespace {

constexpr uint32_t kFileEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE;
constexpr uint32_t kWatched = kFileEvents | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr uint32_t kAwaited = IN_CLOSE_WRITE | IN_ONESHOT;
constexpr size_t kEventBytes = size_t{1} << 16;

enum class Writers { kNone, kSome, kUnknown };

// Whether a process has the file open for writing: Linux then denies a read lease. kUnknown if this process may not take leases.
Writers writers_of(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return Writers::kUnknown;
  const bool granted = ::fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0;
  const Writers writers = granted ? Writers::kNone : errno == EAGAIN ? Writers::kSome : Writers::kUnknown;
  if (granted) ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
  ::close(descriptor);
  return writers;
}

// Hard and symbolic links are complete as soon as they exist; no writer will close them.
bool is_link(const std::string& file) {
  struct stat status;
  return lstat(file.c_str(), &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
}

bool has_contents(const std::string& file) {
  struct stat status;
  return stat(file.c_str(), &status) == 0 && status.st_size > 0;
}

}  // namespace

FolderWatch::FolderWatch(NamedInputs& named, const ListingEvents& events) : named_(named), events_(events), inner_(events) {
  std::signal(SIGIO, SIG_IGN);  // sent if a process opens the file while writers_of() holds the lease
  inner_.entered = [this](const std::string& folder) { watch(folder); };
  inner_.vanished = [this](const std::string& folder) { report_if_input(folder); };
  const int low = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  inotify_ = low < 0
                 ? low
                 : ::fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);  // if stdout is closed, the descriptor must not replace it
  if (low >= 0) ::close(low);
  TL_CHECK_AS(ErrorKind::kData, inotify_ >= 0,
              "no folder can be watched: {}: raise the limit with sudo sysctl fs.inotify.max_user_instances=1024",
              std::strerror(errno));
  list_again();
}

FolderWatch::~FolderWatch() {
  walk_.reset();
  inputs_.reset();
  ::close(inotify_);
}

void FolderWatch::report(const std::string& sentence) const {
  if (events_.unwatched) events_.unwatched(sentence);
}

bool FolderWatch::report_if_input(const std::string& folder) const {
  const auto& inputs = named_.all();
  const bool is_input = std::any_of(inputs.begin(), inputs.end(), [&](const NamedInput& input) { return input.path == folder; });
  if (is_input) report(format("{}: was moved or removed: it is no longer watched", folder));
  return is_input;
}

void FolderWatch::watch(const std::string& folder) {
  const int watch = ::inotify_add_watch(inotify_, folder.c_str(), kWatched);
  if (watch >= 0) {
    folders_[watch] = folder;
  } else if (errno == ENOSPC) {
    if (std::exchange(limit_reported_, true)) return;
    report(
        format("{}: new pictures in it and in further folders will not be found, because the limit is reached after {} watched "
               "folders: raise it with sudo sysctl fs.inotify.max_user_watches=1048576, and start again",
               folder, folders_.size()));
  } else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ENAMETOOLONG) {  // the walk reports these
    report(format("{}: cannot be watched: {}", folder, std::strerror(errno)));
  }
}

void FolderWatch::forget(const std::string& folder) {
  const std::string inside = path_in(folder, "");
  std::erase_if(folders_, [&](const auto& watched) {
    const bool gone = watched.second == folder || watched.second.starts_with(inside);
    if (gone) ::inotify_rm_watch(inotify_, watched.first);
    return gone;
  });
}

void FolderWatch::list_again() {
  named_.forget_visits();
  folders_.clear();  // the events that report their end may be lost
  new_folders_.clear();
  walk_.reset();
  inputs_ = std::make_unique<InputPictures>(named_, inner_, false);
}

Next FolderWatch::next(std::string& path, int milliseconds) {
  while (true) {
    if (inputs_) {
      if (inputs_->next(path, 0) == Next::kPicture) return is_new(path) ? Next::kPicture : Next::kSkipped;
      inputs_.reset();
    } else if (walk_) {
      if (walk_->next(path)) return is_new(path) ? Next::kPicture : Next::kSkipped;
      walk_.reset();
    } else if (!new_folders_.empty()) {
      named_.forget_visits();
      walk_.emplace(new_folders_.front(), named_, inner_);
      new_folders_.pop_front();
    } else if (position_ < filled_) {
      const auto& event = *reinterpret_cast<const inotify_event*>(&buffer_[position_]);  // the kernel aligns events
      position_ += sizeof event + event.len;
      if (handle(event, path)) return Next::kPicture;
    } else if (folders_.empty()) {
      return Next::kEnd;
    } else if (!read_events(milliseconds)) {
      return Next::kNothingYet;
    }
  }
}

bool FolderWatch::read_events(int milliseconds) {
  if (!wait_for_input(inotify_, milliseconds)) return false;
  buffer_.resize(kEventBytes);
  const ssize_t count = ::read(inotify_, buffer_.data(), buffer_.size());
  position_ = 0;
  filled_ = count > 0 ? static_cast<size_t>(count) : 0;
  return count > 0;
}

// Sets `path` and returns true for a picture that has appeared.
bool FolderWatch::handle(const inotify_event& event, std::string& path) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    list_again();
    return false;
  }
  if (const auto awaited = awaited_.find(event.wd); awaited != awaited_.end()) {
    path = awaited->second;
    awaited_.erase(awaited);
    return (event.mask & IN_CLOSE_WRITE) != 0 && is_unseen(path);
  }
  const auto found = folders_.find(event.wd);
  if (found == folders_.end()) return false;
  const std::string folder = found->second;
  if ((event.mask & (IN_IGNORED | IN_MOVE_SELF)) != 0) {
    if (report_if_input(folder) || (event.mask & IN_IGNORED) != 0) forget(folder);
    return false;
  }
  const std::string_view name = event.len > 0 ? event.name : "";
  if (name.empty() || is_hidden_name(name)) return false;
  path = path_in(folder, name);
  if ((event.mask & IN_ISDIR) != 0) {
    if ((event.mask & IN_MOVED_FROM) != 0) forget(path);
    if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) new_folders_.push_back(path);
    return false;
  }
  if ((event.mask & kFileEvents) == 0 || !is_picture_name(name)) return false;
  if ((event.mask & IN_CLOSE_WRITE) != 0) return is_unseen(path);
  // A file that is created and then written is empty at first. One that is written and then gets its name (O_TMPFILE) is not.
  if ((event.mask & IN_CREATE) != 0 && !is_link(path) && (!has_contents(path) || writers_of(path) == Writers::kUnknown))
    return false;
  return is_new(path);
}

std::optional<uint64_t> FolderWatch::stamp_of(const std::string& picture) const {
  struct stat status;
  if (stat(picture.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return Hash64()
      .add_field(picture)
      .add_number(status.st_ino)
      .add_number(static_cast<uint64_t>(status.st_size))
      .add_number(static_cast<uint64_t>(status.st_mtim.tv_sec))
      .add_number(static_cast<uint64_t>(status.st_mtim.tv_nsec))
      .digest();
}

bool FolderWatch::is_unseen(const std::string& picture) {
  const std::optional<uint64_t> stamp = stamp_of(picture);
  return stamp && seen_.insert(*stamp).second;
}

// Skips a picture that a process is still writing; await_writer() has it reported later. Not used for a picture that was just closed,
// because the kernel reports the event shortly before it decrements the number of writers.
bool FolderWatch::is_new(const std::string& picture) {
  return (writers_of(picture) != Writers::kSome || !await_writer(picture)) && is_unseen(picture);
}

// Watches the file itself, because its folder does not report the end of a file that got its name only after it was opened. Returns false if
// the writer has closed it in the meantime.
bool FolderWatch::await_writer(const std::string& picture) {
  const int watch = ::inotify_add_watch(inotify_, picture.c_str(), kAwaited);
  if (watch < 0) return true;  // too many watches: most files are reported by their folder
  if (writers_of(picture) == Writers::kSome) {
    awaited_[watch] = picture;
    return true;
  }
  ::inotify_rm_watch(inotify_, watch);
  return false;
}

bool FolderWatch::returned(const std::string& picture) const {
  const std::optional<uint64_t> stamp = stamp_of(picture);
  return stamp && seen_.contains(*stamp);
}

void FolderWatch::mark_seen(const std::string& picture) {
  if (const auto stamp = stamp_of(picture)) seen_.insert(*stamp);
}

}  // namespace tagloom
