#pragma once
// Waits for a descriptor that other programs write to.

namespace tagloom {

// Returns whether `descriptor` has bytes, has ended or has failed within so many milliseconds (-1: no limit). A signal that Interrupt
// (engine/core/interrupt.h) records ends the wait.
bool wait_for_input(int descriptor, int milliseconds);

}  // namespace tagloom
