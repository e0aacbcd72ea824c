#pragma once
// Turns Ctrl-C and SIGTERM into a request to stop: the training loop checks it after every step, saves, and exits.

namespace tagloom {

// While an Interrupt exists, the first SIGINT or SIGTERM is recorded; a later one ends the process at once, with exit code 128 +
// its number. Some senders (timeout, batch systems) signal the process and then its group, so signals within half a second of the
// first count as one. Only one Interrupt may exist at a time; the destructor restores the previous handlers.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static int signal();  // the signal received, SIGINT or SIGTERM; 0 if none
};

}  // namespace tagloom
