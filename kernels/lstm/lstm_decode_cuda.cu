#include "kernels/cuda/lstm_decode_steps.h"
#include "kernels/lstm/lstm_decode.h"

namespace tagloom::kernels::cuda {

void lstm_decode(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out) {
  check_lstm_decode(shape, out);
  if (shape.n > 0) lstm_decode_steps(q, shape, in, out);
}

}  // namespace tagloom::kernels::cuda
