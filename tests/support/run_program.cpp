// Starts a program with pipes or a pseudoterminal, and collects its output.
#include "tests/support/run_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace tagloom::test {

std::string built_program(const std::string& name) { return (std::filesystem::path(TAGLOOM_BIN_DIR) / name).string(); }

std::string built_programs() { return TAGLOOM_TOOLS; }
namespace {

void must(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

struct Ends {
  int read = -1, write = -1;
};

Ends make_pipe() {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
  return {ends[0], ends[1]};
}

Ends make_terminal() {
  winsize size{};
  size.ws_row = 40;
  size.ws_col = 100;
  Ends ends;
  must(openpty(&ends.read, &ends.write, nullptr, nullptr, &size) == 0, "openpty");
  termios settings;
  must(tcgetattr(ends.write, &settings) == 0, "tcgetattr");
  settings.c_lflag |= NOFLSH;  // Ctrl-C does not discard output that was not read yet
  must(tcsetattr(ends.write, TCSANOW, &settings) == 0, "tcsetattr");
  fcntl(ends.read, F_SETFD, FD_CLOEXEC);
  fcntl(ends.write, F_SETFD, FD_CLOEXEC);
  return ends;
}

std::vector<std::string> environment_of(const ProgramOptions& options) {
  std::map<std::string, std::string> variables = {{"TERM", "xterm"}};
  for (const char* name :
       {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) variables[name] = value;
  }
  for (const auto& [name, value] : options.environment) variables[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void become(std::vector<std::string> words, const ProgramOptions& options, int in, int out, int err) {
  const std::string program = words[0].find('/') == std::string::npos ? built_program(words[0]) : words[0];
  std::vector<std::string> environment = environment_of(options);
  if (options.console && (setsid() < 0 || ioctl(out, TIOCSCTTY, 0) != 0)) _exit(126);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execve(program.c_str(), pointers(words).data(), pointers(environment).data());
  _exit(127);
}

// Appends available output to `text`; false at the end of the stream.
bool read_some(int fd, std::string& text) {
  std::array<char, 4096> buffer;
  const ssize_t count = read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);  // a terminal signals its end with EIO
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, const ProgramOptions& options) {
  const Ends in = make_pipe(), out = options.console ? make_terminal() : make_pipe();
  const Ends err = options.terminal ? make_terminal() : make_pipe();
  const pid_t child = fork();
  must(child >= 0, "fork");
  if (child == 0) {
    options.console ? become(words, options, out.write, out.write, out.write)
                    : become(words, options, in.read, out.write, err.write);
  }
  close(in.read);
  close(out.write);
  close(err.write);
  const int input = options.console ? out.read : in.write;
  must(write(input, options.input.data(), options.input.size()) == static_cast<ssize_t>(options.input.size()), "stdin");
  close(in.write);

  ProgramResult result;
  bool out_open = true, err_open = true, sent = options.signal == 0, timed_out = false;
  const auto start = std::chrono::steady_clock::now();
  while (out_open || err_open) {
    pollfd fds[2] = {{out_open ? out.read : -1, POLLIN, 0}, {err_open ? err.read : -1, POLLIN, 0}};
    poll(fds, 2, 100);
    if (fds[0].revents != 0) out_open = read_some(out.read, result.out);
    if (fds[1].revents != 0) err_open = read_some(err.read, result.err);
    if (!sent && (result.out.find(options.signal_after) != std::string::npos ||
                  result.err.find(options.signal_after) != std::string::npos)) {
      if (options.console && options.signal == SIGINT)
        must(write(out.read, "\x03", 1) == 1, "terminal");
      else
        kill(child, options.signal);
      sent = true;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds > options.seconds && !timed_out) {
      timed_out = true;
      kill(child, SIGKILL);
    }
  }
  close(out.read);
  close(err.read);
  int status = 0;
  waitpid(child, &status, 0);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  EXPECT_FALSE(timed_out) << words[0] << " ran longer than " << options.seconds << " seconds";
  EXPECT_TRUE(sent) << words[0] << " never printed \"" << options.signal_after << "\"";
  EXPECT_NE(result.code, 127) << words[0] << " cannot be started";
  return result;
}

}  // namespace tagloom::test
