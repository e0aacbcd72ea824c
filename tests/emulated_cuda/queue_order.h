#pragma once
// When the queues of the emulated device get to their work. A queue that is late does nothing until the host, an event or a release
// of memory wants it done; the others do all at once. A queue without a workspace is one for copies. With kAllLate the host is kept out
// of the device's memory (memory.h).

namespace tagloom::emulated {

enum class QueueOrder { kAsGiven, kCopiesLate, kCopiesEarly, kAllLate };

void set_order(QueueOrder order);  // what was given before is done first

}  // namespace tagloom::emulated
