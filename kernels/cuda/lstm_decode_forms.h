#pragma once
// The forms of lstm_decode, best first; each gives false where it does not fit.
#include "kernels/lstm/lstm_decode.h"

namespace tagloom::kernels {

bool lstm_decode_cluster(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out);
bool lstm_decode_grid(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out);

// As a loop over steps: cuBLASLt's products and the kernels of the other ops. It takes any size, and is what the others are
// compared with.
void lstm_decode_steps(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out);

}  // namespace tagloom::kernels
