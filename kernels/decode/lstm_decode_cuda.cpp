// Runs lstm_decode in the form that the queue's rules name, else in the one that should be fastest.
#include "kernels/decode/lstm_decode_forms.h"

namespace tagloom::kernels {
namespace {

// Whether the grid should take a batch for which clusters need several rounds: it does if a block of the grid loads less than
// half as many tiles. In a step of the whole batch a block loads each of its G + O tiles once per 8 * n_tiles rows; together with
// the h that it multiplies, each load amounts to 24 to 36 rows of bfloat16 for any n_tiles. The grid's loads count twice, because
// its h comes from the L2 cache and its barriers wait for the whole GPU. For D = 512 in bfloat16 and 256 rows, on a device that
// holds seven clusters of 16 blocks or 132 blocks:
//
//   tags   a cluster's block, rounds * (G + O)   the grid's, twice chunks * (G + O)
//     80   1 *  9                                2 * 8 * 3 = 48
//    291   2 * 10 = 20                           48
//   1024   5 * 12 = 60                           48
//
// The factor of two is an estimate, not a measurement on a GPU.
bool loads_too_much(const LstmDecodeShape& shape, const DecodePlan& cluster, const DecodePlan& grid) {
  const auto loads = [&](const DecodePlan& plan) {
    return int64_t{plan.rounds(shape)} * plan.chunks * (plan.gate_tiles + plan.output_slots);
  };
  return cluster.rounds(shape) > 1 && loads(cluster) > 2 * loads(grid);
}

}  // namespace

std::optional<DecodePlan> decode_plan(Queue& q, const LstmDecodeShape& shape, const LstmDecodeOutputs& out) {
  const DecodeForm form = q.cuda().rules.decode_form;
  if (form == DecodeForm::kSteps) return std::nullopt;
  const std::optional<DecodePlan> grid = grid_decode_plan(q, shape, out);
  if (form == DecodeForm::kGrid) return grid;
  const std::optional<DecodePlan> cluster = cluster_decode_plan(q, shape, out);
  const bool prefers_grid = cluster && grid && form == DecodeForm::kFastest && loads_too_much(shape, *cluster, *grid);
  return cluster && !prefers_grid ? cluster : grid;
}

namespace cuda {

void lstm_decode(Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out) {
  check_lstm_decode(shape, out);
  if (shape.n == 0) return;
  const std::optional<DecodePlan> plan = decode_plan(q, shape, out);
  if (!plan) return lstm_decode_steps(q, shape, in, out);
  (plan->in_cluster ? lstm_decode_cluster : lstm_decode_grid)(q, shape, in, out, *plan);
}

}  // namespace cuda
}  // namespace tagloom::kernels
