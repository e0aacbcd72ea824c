#pragma once
// Ends the process with a message when a page of a mapped file cannot be read.

namespace tagloom {

// From now on SIGBUS prints "TOOL: FILE: a part of this file cannot be read: …" and exits with kExitData, if its address is in a mapped
// file. `tool` must outlive the process.
void report_bus_errors(const char* tool);

}  // namespace tagloom
