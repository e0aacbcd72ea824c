#pragma once
// Waits for data from another program.

namespace tagloom {

// Returns whether `descriptor` has data, reached its end or failed within `milliseconds` (-1: no limit). A signal that Interrupt
// (engine/core/interrupt.h) records ends the wait.
bool wait_for_input(int descriptor, int milliseconds);

}  // namespace tagloom
