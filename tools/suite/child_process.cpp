// Starts a child with fork and execve, and reaps it.
#include "tools/suite/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

int open_for(const std::string& path, int flags) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  TL_CHECK_AS(ErrorKind::kData, file >= 0, "{}: cannot be written: {}", path, std::strerror(errno));
  return file;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with(int64_t threads) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (threads > 0 && std::strncmp(*entry, "OMP_NUM_THREADS=", 16) == 0) continue;
    entries.emplace_back(*entry);
  }
  if (threads > 0) entries.push_back("OMP_NUM_THREADS=" + std::to_string(threads));
  return entries;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words, const ChildOptions& options) {
  const std::string program = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / words.at(0)).string();
  std::vector<std::string> arguments = words, environment = environment_with(options.threads);
  const std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
  const int log = open_for(options.log, O_APPEND);
  const int out = options.out.empty() ? log : open_for(options.out, O_TRUNC);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    setpgid(0, 0);  // Ctrl-C reaches only the parent, which passes it on once
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(128 + SIGTERM);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execve(program.c_str(), argv.data(), envp.data());
    _exit(127);
  }
  const int error = errno;
  close(nothing);
  if (out != log) close(out);
  close(log);
  TL_CHECK_AS(ErrorKind::kData, pid_ > 0, "{} cannot be started: {}", program, std::strerror(error));
}

ChildProcess::~ChildProcess() { reap(0); }

bool ChildProcess::finished() {
  reap(WNOHANG);
  return pid_ < 0;
}

void ChildProcess::send(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

void ChildProcess::reap(int options) {
  if (pid_ < 0) return;
  int status = 0;
  pid_t done;
  do {
    done = waitpid(pid_, &status, options);
  } while (done < 0 && errno == EINTR);
  if (done != pid_) return;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
}

}  // namespace tagloom
