#pragma once
// Ctrl-C and SIGTERM as a wish to stop soon: the training loop asks after every step, saves, and goes home.

namespace tagloom {

// While one of these lives, the first SIGINT or SIGTERM is remembered; a later one ends the process at once,
// with exit code 128 + its number. Some senders (timeout, batch systems) signal the process and then its
// group: what comes within half a second of the first counts as the same wish. One at a time; the destructor
// puts the former handlers back.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  static int signal();  // the one that came, SIGINT or SIGTERM; 0 while none has
};

}  // namespace tagloom
