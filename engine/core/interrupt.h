#pragma once
// Turns Ctrl-C, SIGTERM and SIGHUP into a request to stop: the training loop checks it after every step, saves, and exits.

namespace tagloom {

// While an Interrupt exists, the first SIGINT, SIGTERM or SIGHUP (a closed terminal) is recorded; a later one ends the process at once,
// with exit code 128 + its number. Some senders (timeout, batch systems) signal the process and then its group, so signals within half a
// second of the first count as one. A SIGHUP that was ignored before, as under nohup, stays ignored. Only one Interrupt may exist at a
// time; the destructor restores the previous handlers.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static int signal();      // the signal received; 0 if none
  static int descriptor();  // for poll(): becomes readable when a signal is received; -1 if there is none
};

// Thrown where a signal ends work that has nothing to save.
struct Interrupted {
  int signal;
};

}  // namespace tagloom
