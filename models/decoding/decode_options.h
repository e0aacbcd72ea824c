#pragma once
// The settings of decoding, which turns an LSTM's steps into a ranking of tags.
#include <cstdint>

#include "engine/settings/setting_table.h"

namespace tagloom {

enum class DecodeMethod { kAuto, kGreedy, kExpectedGain, kScores, kBeam };
template <>
inline constexpr auto kEnumNames<DecodeMethod> = names_of<DecodeMethod>({{DecodeMethod::kAuto, "auto"},
                                                                         {DecodeMethod::kGreedy, "greedy"},
                                                                         {DecodeMethod::kExpectedGain, "expected_gain"},
                                                                         {DecodeMethod::kScores, "scores"},
                                                                         {DecodeMethod::kBeam, "beam"}});

enum class Gain { kLinear, kReciprocal };
template <>
inline constexpr auto kEnumNames<Gain> = names_of<Gain>({{Gain::kLinear, "linear"}, {Gain::kReciprocal, "reciprocal"}});

enum class SequenceScore { kNamedFirst, kMost, kEmission };
template <>
inline constexpr auto kEnumNames<SequenceScore> = names_of<SequenceScore>({{SequenceScore::kNamedFirst, "named_first"},
                                                                           {SequenceScore::kMost, "most"},
                                                                           {SequenceScore::kEmission, "emission"}});

struct DecodeOptions {
  DecodeMethod method = DecodeMethod::kAuto;
  int64_t steps = 0;  // 0: the model's
  int64_t beam_width = 5;
  double least_probability = 0;
  int64_t exactly = 0;
  SequenceScore sequence_score = SequenceScore::kNamedFirst;
  Gain gain = Gain::kReciprocal;
  int64_t gain_steps = 4;
  bool first_greedy = true;
  bool repeat = false;

  void declare(SettingTable& table);  // section decode
  int64_t steps_or(int64_t model_steps) const { return steps > 0 ? steps : model_steps; }
  int64_t beams() const { return method == DecodeMethod::kBeam ? beam_width : 1; }
};

}  // namespace tagloom
