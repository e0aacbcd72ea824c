#include "tools/listing/wait_for_input.h"

#include <poll.h>

#include "engine/core/interrupt.h"

namespace tagloom {

bool wait_for_input(int descriptor, int milliseconds) {
  pollfd waiting[2] = {{descriptor, POLLIN, 0}, {Interrupt::descriptor(), POLLIN, 0}};
  return poll(waiting, 2, milliseconds) > 0 && waiting[0].revents != 0 && waiting[1].revents == 0;
}

}  // namespace tagloom
