// A signal handler, so it only calls functions that are safe there, and allocates nothing.
#include "tools/command_line/bus_error.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "tools/command_line/run_tool.h"

namespace tagloom {
namespace {

const char* tool_name = "";

// Reads /proc/self/maps a character at a time.
class MapsReader {
 public:
  ~MapsReader() { close(file_); }
  // 0 at the end
  char next() {
    if (at_ == size_) {
      size_ = read(file_, buffer_, sizeof buffer_);
      at_ = 0;
      if (size_ <= 0) return 0;
    }
    return buffer_[at_++];
  }
  // A hexadecimal number and the character after it.
  uintptr_t number() {
    uintptr_t value = 0;
    for (;;) {
      const char c = next();
      const bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
      if (!digit && !letter) return value;
      value = 16 * value + static_cast<uintptr_t>(digit ? c - '0' : c - 'a' + 10);
    }
  }

 private:
  const int file_ = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  char buffer_[512];
  ssize_t at_ = 0, size_ = 0;
};

// Writes the path of the file that is mapped at this address. False if there is none.
bool find_file(uintptr_t address, char (&path)[PATH_MAX]) {
  MapsReader maps;  // lines "7f00-7f10 r--p 0 08:01 1234   /path"
  for (;;) {
    const uintptr_t begin = maps.number(), end = maps.number();
    size_t length = 0;
    char c = maps.next();
    for (; c != 0 && c != '\n'; c = maps.next()) {
      if ((length > 0 || c == '/') && length + 1 < sizeof path) path[length++] = c;
    }
    path[length] = 0;
    if (begin <= address && address < end) return length > 0;
    if (c == 0) return false;
  }
}

void print(const char* text) {
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void on_bus_error(int signal, siginfo_t* info, void*) {
  char path[PATH_MAX];
  if (info->si_code == BUS_ADRERR && find_file(reinterpret_cast<uintptr_t>(info->si_addr), path)) {
    print(tool_name);
    print(": ");
    print(path);
    print(": a part of this file cannot be read: the disk failed, or the file became shorter while it was in use\n");
    _exit(kExitData);
  }
  std::signal(signal, SIG_DFL);  // the instruction runs again when this returns
}

}  // namespace

void report_bus_errors(const char* tool) {
  tool_name = tool;
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace tagloom
