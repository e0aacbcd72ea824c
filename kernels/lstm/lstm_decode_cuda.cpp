// The fastest form of lstm_decode that takes the shape on this device.
#include "kernels/cuda/lstm_decode_forms.h"

namespace tagloom::kernels::cuda {

void lstm_decode(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out) {
  check_lstm_decode(shape, out);
  if (shape.n == 0 || lstm_decode_cluster(q, shape, in, out) || lstm_decode_grid(q, shape, in, out)) return;
  lstm_decode_steps(q, shape, in, out);
}

}  // namespace tagloom::kernels::cuda
