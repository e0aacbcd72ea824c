#pragma once
// Settings that several taggers share: the enums, and one row per key. A tagger's declare() calls these with its own members.
#include "engine/settings/setting_table.h"
#include "kernels/loss/sigmoid_masked_bce.h"

namespace tagloom {

enum class InitialState { kProbabilities, kFeatures, kZero };
template <>
inline constexpr auto kEnumNames<InitialState> = names_of<InitialState>({{InitialState::kProbabilities, "probabilities"},
                                                                         {InitialState::kFeatures, "features"},
                                                                         {InitialState::kZero, "zero"}});

enum class OutputHead { kLinear, kTanhTwoLayer, kGap, kCsra };
template <>
inline constexpr auto kEnumNames<OutputHead> = names_of<OutputHead>({{OutputHead::kLinear, "linear"},
                                                                     {OutputHead::kTanhTwoLayer, "tanh_two_layer"},
                                                                     {OutputHead::kGap, "gap"},
                                                                     {OutputHead::kCsra, "csra"}});

template <>
inline constexpr auto kEnumNames<kernels::BceMask> = names_of<kernels::BceMask>({{kernels::BceMask::kNone, "none"},
                                                                                 {kernels::BceMask::kPrevious, "previous"},
                                                                                 {kernels::BceMask::kCumulative, "cumulative"}});
template <>
inline constexpr auto kEnumNames<kernels::StepGate> =
    names_of<kernels::StepGate>({{kernels::StepGate::kAll, "all"}, {kernels::StepGate::kLabelCount, "label_count"}});

enum class LossReduction { kAuto, kSumLabelsMeanBatch, kMeanTokens, kSum };
template <>
inline constexpr auto kEnumNames<LossReduction> = names_of<LossReduction>({{LossReduction::kAuto, "auto"},
                                                                           {LossReduction::kSumLabelsMeanBatch,
                                                                            "sum_labels_mean_batch"},
                                                                           {LossReduction::kMeanTokens, "mean_tokens"},
                                                                           {LossReduction::kSum, "sum"}});

namespace rows {

inline void embedding(SettingRows& model, int64_t& value) {
  model.integer("embedding", value, between(1, 65536),
                "Length of a tag's embedding, and of the hidden layer of head = \"tanh_two_layer\".");
}

inline void image_embedding(SettingRows& model, int64_t& value) {
  model.integer("image_embedding", value, between(1, 65536),
                "Length of the embedded picture, or of each of its places (order_free), that the LSTM reads at every step.");
}

inline void steps(SettingRows& model, int64_t& value) {
  model.integer("steps", value, between(1, 256), "LSTM steps in training (multi_order) and in decoding.");
}

inline void state(SettingRows& model, InitialState& value) { model.choice("state", value, "Source of the LSTM's first state."); }

inline void head(SettingRows& model, OutputHead& value) {
  model.choice(
      "head", value,
      "Output layer, from the LSTM to the tags (multi_order: linear, tanh_two_layer) or from the places of backbone.layer = "
      "\"conv5_map\" (classifier: gap = linear on their mean, csra = class-specific residual attention).");
  model.own_kind_only();
}

inline void gate(SettingRows& model, kernels::StepGate& value) {
  model.choice("gate", value,
               "Steps that count in the loss: all, or as many as the picture has tags; in order_free, all adds one more step.");
}

// The features that a head reads.
template <class Options>
void features(SettingRows& model, Options& options) {
  model.choice("feature_norm", options.feature_norm, "none", "batch_norm",
               "Normalisation of the features or probabilities that the model reads.");
  model.real("feature_dropout", options.feature_dropout, below(0, 1), "Dropout on the features.");
}

// The LSTM, from the features to the output layer.
template <class Options>
void lstm(SettingRows& model, Options& options) {
  model.integer("hidden", options.hidden, between(1, 65536), "LSTM cells.");
  features(model, options);
  model.real("dropout", options.dropout, below(0, 1), "Dropout on the LSTM's output, before the output layer.");
  model.real("forget_bias", options.forget_bias, between(-100, 100), "Initial bias of the LSTM's forget gate.");
}

inline void reduction(SettingRows& loss, LossReduction& value) {
  loss.choice("reduction", value,
              "Sum over tags and steps, mean over pictures; mean over all true tags of the batch; or plain sum. auto takes "
              "mean_tokens for models that name tags in order (rank, ordered_rnn, an order_free with an alignment), else "
              "sum_labels_mean_batch.");
}

inline void label_smoothing(SettingRows& loss, double& value) {
  loss.real("label_smoothing", value, below(0, 1),
            "Move targets this far from 0 and 1 towards 1/2 (bce, focal, asl), or towards all tags alike (rank, ordered_rnn).");
}

}  // namespace rows
}  // namespace tagloom
