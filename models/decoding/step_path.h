#pragma once
// Records the steps of an LSTM for a picture: the competing tags, their probabilities and the chosen tag, as in figure 3 of Dutta, Verma
// and Jawahar (ECCV 2020).
#include <cstdint>
#include <span>
#include <vector>

namespace tagloom {

// The probability is the output layer's for this tag at this step, before decode.calibration:
//   rank, ordered_rnn, jvsp, order_free with an alignment   softmax; over all tags (and END, where the model has it) it sums to 1
//   multi_order, order_free without an alignment            sigmoid of the tag alone; the sum over tags is not 1
struct StepTag {
  int32_t tag = -1;  // in the vocabulary; V, its size, is END; -1 is none
  float probability = 0;
};

struct PathStep {
  // The most probable tags, best first, ties by the lower tag. Includes tags chosen at earlier steps, which the decoder skips (unless
  // decode.repeat is set or the model is multi_order).
  std::vector<StepTag> competing;
  // The tag chosen at this step, which need not be one of `competing`:
  //   multi_order                         the most probable tag, which the next step reads; it may repeat an earlier one
  //   ordered_rnn, order_free, jvsp       the tag of the decoded sequence at this step, or END; none if the path ends without END,
  //                                       because no tag is left or all are below decode.least_probability
  //   without feedback (rank), greedy     the most probable tag not chosen before (with decode.repeat: of all)
  //   the same, expected_gain             the tag at this position of the ranking; the path has the first gain_steps steps
  StepTag chosen;
};

using StepPath = std::vector<PathStep>;  // the steps of one picture

// How a model's step probabilities are normalised, see StepTag. kNone: the model has no steps.
enum class StepScores { kNone, kSoftmax, kSigmoid };

// p [classes] -> the `competing` most probable classes of a step (all if there are fewer) and `chosen`, -1 for none.
PathStep path_step(std::span<const float> p, int64_t competing, int32_t chosen);

// p [steps,pictures,classes] and chosen [steps,pictures] -> the path of each picture.
std::vector<StepPath> step_paths(std::span<const float> p, std::span<const int32_t> chosen, int64_t steps, int64_t pictures,
                                 int64_t competing);

}  // namespace tagloom
