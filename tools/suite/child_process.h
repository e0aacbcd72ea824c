#pragma once
// One of our tools as a child: its stdout and stderr go to files, and it gets SIGTERM, at which a training saves, if we die.
#include <sys/types.h>

#include <string>
#include <vector>

namespace tagloom {

struct ChildOptions {
  std::string out = {};  // file for stdout, written anew; empty: with stderr
  std::string log;       // file to whose end stderr goes
  int64_t threads = 0;   // OMP_NUM_THREADS; 0 leaves it
};

class ChildProcess {
 public:
  // words[0] is a tool that lies beside the running one. Throws Error(kData) where a file cannot be opened or no process started.
  ChildProcess(const std::vector<std::string>& words, const ChildOptions& options);
  ~ChildProcess();  // waits for it
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool finished();                    // asks, does not wait
  int code() const { return code_; }  // once finished: the exit code; 128 + number where a signal ended it
  void send(int signal);

 private:
  void reap(int options);

  pid_t pid_ = -1;
  int code_ = -1;
};

}  // namespace tagloom
