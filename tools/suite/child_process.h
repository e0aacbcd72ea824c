#pragma once
// Runs one of the tools as a child process with stdout and stderr in files. If the parent dies, the child gets SIGTERM, on which a
// training saves.
#include <sys/types.h>

#include <string>
#include <vector>

namespace tagloom {

struct ChildOptions {
  std::string out = {};  // file for stdout, overwritten; empty: stdout goes to `log`
  std::string log;       // file for stderr, appended
  int64_t threads = 0;   // OMP_NUM_THREADS; 0 leaves it unchanged
};

class ChildProcess {
 public:
  // words[0] is a tool in the folder of the running one. Throws Error(kData) if a file cannot be opened or the process not started.
  ChildProcess(const std::vector<std::string>& words, const ChildOptions& options);
  ~ChildProcess();  // waits for it
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool finished();                    // does not wait
  int code() const { return code_; }  // once finished: the exit code, or 128 + number of the signal that ended it
  void send(int signal);

 private:
  void reap(int options);

  pid_t pid_ = -1;
  int code_ = -1;
};

}  // namespace tagloom
