#pragma once
// The forms of lstm_decode, and the choice between them.
#include <optional>

#include "kernels/decode/lstm_decode_launch.h"

namespace tagloom::kernels {

// The plan for the queue's device in clusters, and on the whole grid; nothing if the shape does not fit.
std::optional<DecodePlan> cluster_decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out);
std::optional<DecodePlan> grid_decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out);

// The plan that lstm_decode uses; nothing for the loop over steps. The queue's rules may name a form: a shape that does not fit
// it uses the next one, in the order clusters, grid, steps.
std::optional<DecodePlan> decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out);

void lstm_decode_cluster(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out,
                         const DecodePlan& plan);
void lstm_decode_grid(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out,
                      const DecodePlan& plan);

// As a loop over steps: cuBLASLt's products and the kernels of the other ops. It takes any size and is the reference for the
// other forms.
void lstm_decode_steps(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out);

}  // namespace tagloom::kernels
