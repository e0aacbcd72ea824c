#include "tests/support/background_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

#include "tests/support/run_program.h"

namespace tagloom::test {
namespace {

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

BackgroundProgram::BackgroundProgram(const std::vector<std::string>& words,
                                     const std::map<std::string, std::string>& environment) {
  const std::string program = built_program(words[0]), out = folder_ / "out", err = folder_ / "err";
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ > 0) return;
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
  dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
  close_range(3, ~0U, 0);
  execv(program.c_str(), arguments.data());
  _exit(127);
}

BackgroundProgram::~BackgroundProgram() {
  if (running()) signal(SIGKILL);
  wait();
}

bool BackgroundProgram::wait_for(const std::string& text) const {
  const auto contains = [&] { return out().find(text) != std::string::npos || err().find(text) != std::string::npos; };
  const auto latest = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (running() && std::chrono::steady_clock::now() < latest) {
    if (contains()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return contains();
}

bool BackgroundProgram::running() const {
  int status = 0;
  if (code_ < 0 && waitpid(pid_, &status, WNOHANG) == pid_) code_ = code_of(status);
  return code_ < 0;
}

void BackgroundProgram::signal(int number) const {
  if (running()) kill(pid_, number);
}

int BackgroundProgram::wait() {
  int status = 0;
  if (code_ < 0 && waitpid(pid_, &status, 0) == pid_) code_ = code_of(status);
  return code_;
}

}  // namespace tagloom::test
