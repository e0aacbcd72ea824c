#pragma once
// lstm_decode as a loop over steps: cuBLASLt's products and the kernels of the other ops. It takes any size and either type of
// product, and is what the one-launch form is compared with.
#include "kernels/lstm/lstm_decode.h"

namespace tagloom::kernels {

void lstm_decode_steps(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out);

}  // namespace tagloom::kernels
