#pragma once
// When the queues of the emulated device do their work. A late queue does nothing until the host, an event or a release of memory
// requires it; the others work at once. A queue without a workspace is for copies. With kAllLate, device memory is protected from
// the host (memory.h).

namespace tagloom::emulated {

enum class QueueOrder { kAsGiven, kCopiesLate, kCopiesEarly, kAllLate };

void set_order(QueueOrder order);  // earlier work is done first

}  // namespace tagloom::emulated
