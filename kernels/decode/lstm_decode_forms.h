#pragma once
// The forms of lstm_decode, and which one takes a shape.
#include <optional>

#include "kernels/decode/lstm_decode_launch.h"

namespace tagloom::kernels {

// How the queue's device takes the shape in clusters, and on the whole grid. Nothing where it does not fit.
std::optional<DecodePlan> cluster_decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out);
std::optional<DecodePlan> grid_decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out);

// The one of these that lstm_decode takes; nothing where it takes the loop over steps. The queue's rules may name a form: a shape
// that it cannot take goes to the next one, of clusters, grid and steps.
std::optional<DecodePlan> decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out);

void lstm_decode_cluster(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out,
                         const DecodePlan& plan);
void lstm_decode_grid(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out,
                      const DecodePlan& plan);

// As a loop over steps: cuBLASLt's products and the kernels of the other ops. It takes any size, and is what the others are
// compared with.
void lstm_decode_steps(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out);

}  // namespace tagloom::kernels
