// Loaded with LD_PRELOAD: counts a program's file calls below one folder, writes them to a list, and makes one of them fail.
//
// The environment says what to do; without TAGLOOM_FAULTS_UNDER every call passes.
//   TAGLOOM_FAULTS_UNDER  the folder; calls on other paths are not counted, except writes to standard output
//   TAGLOOM_FAULTS_LIST   a file to which each call appends a line KIND<tab>PATH, the path relative to the folder
//   TAGLOOM_FAULTS_AT     KIND<tab>PATH<tab>N: the N-th such call, counted from 1 over all processes, gets the fault. A PATH that ends
//                         in * stands for all paths that begin so, and then every N-th call gets it.
//   TAGLOOM_FAULTS_DO     an error number; or kill (before the call), half (half of a write, then kill), short (half of a read or
//                         write), interrupt (SIGINT before the call)
//   TAGLOOM_FAULTS_STATE  a file of 8 zero bytes: the count, shared by all processes, and 1 once the fault has happened
//
// Calls inside libc, such as fopen's open, never reach a preloaded library. Therefore stdio and folder functions that this project
// reaches through libstdc++ are here too. Writes of stdio's buffers, such as std::cerr's, are not seen.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>

namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct State {
  std::atomic<uint32_t> count, happened;
};

struct Plan {
  std::string under = environment("TAGLOOM_FAULTS_UNDER"), key, action = environment("TAGLOOM_FAULTS_DO");
  uint32_t number = 0;
  int list = -1;
  State* state = nullptr;
  std::mutex mutex;
  std::unordered_map<int, std::string> paths;  // of the open descriptors below the folder

  Plan() {
    const auto raw_open = [](const std::string& path, int flags) {
      return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0666));
    };
    if (const std::string file = environment("TAGLOOM_FAULTS_LIST"); !file.empty()) {
      list = raw_open(file, O_WRONLY | O_CREAT | O_APPEND);
    }
    if (!under.empty()) paths[STDOUT_FILENO] = "standard output";
    const std::string at = environment("TAGLOOM_FAULTS_AT");
    const size_t tab = at.rfind('\t');
    if (tab == std::string::npos) return;
    key = at.substr(0, tab);
    number = static_cast<uint32_t>(std::atoi(at.c_str() + tab + 1));
    const int file = raw_open(environment("TAGLOOM_FAULTS_STATE"), O_RDWR);
    void* const shared =
        reinterpret_cast<void*>(syscall(SYS_mmap, nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    if (shared == MAP_FAILED) std::abort();
    state = static_cast<State*>(shared);
  }
};

Plan& plan() {
  static Plan* const made = new Plan;  // never destroyed: programs close files in their last destructors
  return *made;
}

template <class F>
F* next(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}
#define NEXT(name) static const auto real = next(&::name, #name)

// The path relative to the folder, "" if it is elsewhere. PIDs and times in names are left out: calls have the same key in each run.
std::string relative(int folder, const char* path) {
  Plan& p = plan();
  if (p.under.empty() || path == nullptr) return "";
  std::string full = path;
  if (full.empty() || full[0] != '/') {
    std::string start;
    if (folder != AT_FDCWD) {
      const std::lock_guard lock(p.mutex);
      const auto found = p.paths.find(folder);
      if (found == p.paths.end()) return "";
      start = p.under + (found->second == "." ? "" : "/" + found->second);
    } else {
      char here[4096];
      if (syscall(SYS_getcwd, here, sizeof here) < 0) return "";
      start = here;
    }
    full = full.empty() ? start : start + "/" + full;
  }
  if (full.compare(0, p.under.size(), p.under) != 0) return "";
  if (full.size() > p.under.size() && full[p.under.size()] != '/') return "";
  std::string name = full.substr(p.under.size());
  for (size_t at; (at = name.find("//")) != std::string::npos;) name.erase(at, 1);
  for (const char* const varies : {".tmp-", "events.out.tfevents."}) {
    const size_t at = name.find(varies);
    if (at != std::string::npos) name.resize(at + std::strlen(varies));
  }
  while (!name.empty() && name.back() == '/') name.pop_back();
  return name.empty() ? "." : name.substr(1);
}

std::string relative(const char* path) { return relative(AT_FDCWD, path); }

std::string path_of(int fd) {
  Plan& p = plan();
  const std::lock_guard lock(p.mutex);
  const auto found = p.paths.find(fd);
  return found == p.paths.end() ? "" : found->second;
}

void remember(int fd, const std::string& path) {
  if (fd < 0 || path.empty()) return;
  Plan& p = plan();
  const std::lock_guard lock(p.mutex);
  p.paths[fd] = path;
}

void forget(int fd) {
  Plan& p = plan();
  const std::lock_guard lock(p.mutex);
  p.paths.erase(fd);
}

enum class Fate { kPass, kFail, kShort, kHalf };

// Counts the call and returns what becomes of it. For kFail errno is set.
Fate fate(const char* kind, const std::string& path) {
  if (path.empty()) return Fate::kPass;
  Plan& p = plan();
  const int before = errno;
  const std::string key = std::string(kind) + "\t" + path;
  if (p.list >= 0) {
    const std::string line = key + "\n";
    (void)!syscall(SYS_write, p.list, line.data(), line.size());
  }
  errno = before;
  if (p.state == nullptr) return Fate::kPass;
  const bool repeats = p.key.back() == '*';
  if (repeats ? key.compare(0, p.key.size() - 1, p.key, 0, p.key.size() - 1) != 0 : key != p.key) return Fate::kPass;
  const uint32_t count = ++p.state->count;
  if (repeats ? count % p.number != 0 : count != p.number) return Fate::kPass;
  p.state->happened = 1;
  if (p.action == "kill") raise(SIGKILL);
  if (p.action == "interrupt") kill(getpid(), SIGINT);
  if (p.action == "half") return Fate::kHalf;
  if (p.action == "short") return Fate::kShort;
  if (p.action == "interrupt") return Fate::kPass;
  errno = std::atoi(p.action.c_str());
  return Fate::kFail;
}

bool fails(const char* kind, const std::string& path) { return fate(kind, path) == Fate::kFail; }

bool writes(int flags) { return (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0; }

// Half of `size` for a short call, but at least one byte: 0 would be the end of the file.
size_t part(Fate f, size_t size) { return f == Fate::kPass || size < 2 ? size : size / 2; }

template <class Call>
ssize_t transfer(const char* kind, int fd, size_t size, Call call) {
  const Fate f = fate(kind, path_of(fd));
  if (f == Fate::kFail) return -1;
  const ssize_t done = call(f == Fate::kHalf ? size / 2 : part(f, size));
  if (f == Fate::kHalf) raise(SIGKILL);
  return done;
}

template <class Call>
int opened(int folder, const char* path, int flags, Call call) {
  const std::string name = relative(folder, path);
  if (fails(writes(flags) ? "create" : "open", name)) return -1;
  const int fd = call();
  remember(fd, name);
  return fd;
}

template <class Call>
FILE* stream_opened(const char* path, const char* mode, Call call) {
  const std::string name = relative(path);
  if (fails(std::strpbrk(mode, "wa+") != nullptr ? "create" : "open", name)) return nullptr;
  FILE* const file = call();
  if (file != nullptr) remember(fileno(file), name);
  return file;
}

mode_t mode_of(int flags, va_list& more) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; }

template <class Dir>
Dir* folder_opened(const std::string& name, Dir* opened) {
  if (opened != nullptr) remember(dirfd(opened), name);
  return opened;
}

}  // namespace

extern "C" {

#define OPEN(function)                                                             \
  int function(const char* path, int flags, ...) {                                 \
    NEXT(function);                                                                \
    va_list more;                                                                  \
    va_start(more, flags);                                                         \
    const mode_t mode = mode_of(flags, more);                                      \
    va_end(more);                                                                  \
    return opened(AT_FDCWD, path, flags, [&] { return real(path, flags, mode); }); \
  }
#define OPENAT(function)                                                                 \
  int function(int folder, const char* path, int flags, ...) {                           \
    NEXT(function);                                                                      \
    va_list more;                                                                        \
    va_start(more, flags);                                                               \
    const mode_t mode = mode_of(flags, more);                                            \
    va_end(more);                                                                        \
    return opened(folder, path, flags, [&] { return real(folder, path, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

// What open becomes with _FORTIFY_SOURCE if the flags are not constant.
int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __open_2(const char* path, int flags) { return open(path, flags); }
int __open64_2(const char* path, int flags) { return open64(path, flags); }

#define FOPEN(function)                                                 \
  FILE* function(const char* path, const char* mode) {                  \
    NEXT(function);                                                     \
    return stream_opened(path, mode, [&] { return real(path, mode); }); \
  }
FOPEN(fopen)
FOPEN(fopen64)

int close(int fd) {
  NEXT(close);
  const bool failed = fails("close", path_of(fd));
  const int error = errno;
  forget(fd);
  const int result = real(fd);  // as in the kernel, a failed close closes too
  if (!failed) return result;
  errno = error;
  return -1;
}
int fclose(FILE* file) {
  NEXT(fclose);
  const int fd = fileno(file);
  const bool failed = fails("close", path_of(fd));
  const int error = errno;
  forget(fd);
  const int result = real(file);
  if (!failed) return result;
  errno = error;
  return EOF;
}

ssize_t read(int fd, void* to, size_t size) {
  NEXT(read);
  return transfer("read", fd, size, [&](size_t n) { return real(fd, to, n); });
}
ssize_t __read_chk(int fd, void* to, size_t size, size_t room);
ssize_t __read_chk(int fd, void* to, size_t size, size_t) { return read(fd, to, size); }
ssize_t pread(int fd, void* to, size_t size, off_t at) {
  NEXT(pread);
  return transfer("read", fd, size, [&](size_t n) { return real(fd, to, n, at); });
}
ssize_t pread64(int fd, void* to, size_t size, off64_t at) {
  NEXT(pread64);
  return transfer("read", fd, size, [&](size_t n) { return real(fd, to, n, at); });
}
ssize_t write(int fd, const void* from, size_t size) {
  NEXT(write);
  return transfer("write", fd, size, [&](size_t n) { return real(fd, from, n); });
}
ssize_t pwrite(int fd, const void* from, size_t size, off_t at) {
  NEXT(pwrite);
  return transfer("write", fd, size, [&](size_t n) { return real(fd, from, n, at); });
}
ssize_t pwrite64(int fd, const void* from, size_t size, off64_t at) {
  NEXT(pwrite64);
  return transfer("write", fd, size, [&](size_t n) { return real(fd, from, n, at); });
}
ssize_t writev(int fd, const iovec* parts, int count) {
  NEXT(writev);
  return transfer("write", fd, 2, [&](size_t n) { return n == 2 ? real(fd, parts, count) : real(fd, parts, 1); });
}

#define ON_PATH(function, kind, declared, path, given)   \
  int function declared {                                \
    NEXT(function);                                      \
    return fails(kind, relative path) ? -1 : real given; \
  }
#define ON_FILE(function, kind, declared, given)       \
  int function declared {                              \
    NEXT(function);                                    \
    return fails(kind, path_of(fd)) ? -1 : real given; \
  }
ON_FILE(fsync, "fsync", (int fd), (fd))
ON_FILE(fdatasync, "fsync", (int fd), (fd))
ON_FILE(ftruncate, "truncate", (int fd, off_t size), (fd, size))
ON_FILE(ftruncate64, "truncate", (int fd, off64_t size), (fd, size))
ON_FILE(flock, "flock", (int fd, int how), (fd, how))
ON_FILE(fchmod, "chmod", (int fd, mode_t mode), (fd, mode))
ON_FILE(fstat, "stat", (int fd, struct stat* to), (fd, to))
ON_FILE(fstat64, "stat", (int fd, struct stat64* to), (fd, to))
ON_PATH(stat, "stat", (const char* path, struct stat* to), (path), (path, to))
ON_PATH(stat64, "stat", (const char* path, struct stat64* to), (path), (path, to))
ON_PATH(lstat, "stat", (const char* path, struct stat* to), (path), (path, to))
ON_PATH(lstat64, "stat", (const char* path, struct stat64* to), (path), (path, to))
ON_PATH(fstatat, "stat", (int at, const char* path, struct stat* to, int how), (at, path), (at, path, to, how))
ON_PATH(fstatat64, "stat", (int at, const char* path, struct stat64* to, int how), (at, path), (at, path, to, how))
ON_PATH(statvfs, "statvfs", (const char* path, struct statvfs* to), (path), (path, to))
ON_PATH(statvfs64, "statvfs", (const char* path, struct statvfs64* to), (path), (path, to))
ON_PATH(access, "stat", (const char* path, int how), (path), (path, how))
ON_PATH(mkdir, "mkdir", (const char* path, mode_t mode), (path), (path, mode))
ON_PATH(rmdir, "unlink", (const char* path), (path), (path))
ON_PATH(unlink, "unlink", (const char* path), (path), (path))
ON_PATH(unlinkat, "unlink", (int at, const char* path, int how), (at, path), (at, path, how))
ON_PATH(remove, "unlink", (const char* path), (path), (path))
ON_PATH(rename, "rename", (const char* path, const char* to), (to), (path, to))
ON_PATH(renameat, "rename", (int a, const char* path, int b, const char* to), (b, to), (a, path, b, to))
ON_PATH(link, "link", (const char* path, const char* to), (to), (path, to))
ON_PATH(symlink, "link", (const char* path, const char* to), (to), (path, to))
ON_PATH(chmod, "chmod", (const char* path, mode_t mode), (path), (path, mode))

char* realpath(const char* path, char* to) {
  NEXT(realpath);
  return fails("realpath", relative(path)) ? nullptr : real(path, to);
}
ssize_t readlink(const char* path, char* to, size_t room) {
  NEXT(readlink);
  return fails("realpath", relative(path)) ? -1 : real(path, to, room);
}

void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  NEXT(mmap);
  return fd >= 0 && fails("mmap", path_of(fd)) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t size, int protection, int flags, int fd, off64_t offset) {
  NEXT(mmap64);
  return fd >= 0 && fails("mmap", path_of(fd)) ? MAP_FAILED : real(at, size, protection, flags, fd, offset);
}

DIR* opendir(const char* path) {
  NEXT(opendir);
  const std::string name = relative(path);
  return fails("open", name) ? nullptr : folder_opened(name, real(path));
}
dirent* readdir(DIR* folder) {
  NEXT(readdir);
  return fails("readdir", path_of(dirfd(folder))) ? nullptr : real(folder);
}
dirent64* readdir64(DIR* folder) {
  NEXT(readdir64);
  return fails("readdir", path_of(dirfd(folder))) ? nullptr : real(folder);
}
int closedir(DIR* folder) {
  NEXT(closedir);
  forget(dirfd(folder));
  return real(folder);
}

}  // extern "C"
