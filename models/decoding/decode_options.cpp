#include "models/decoding/decode_options.h"

namespace tagloom {

void DecodeOptions::declare(SettingTable& table) {
  SettingRows decode = table.section("decode").all_may_change_on_resume();
  decode.choice(
      "method", method,
      "How steps become a ranking: greedy = the best tag of each step, expected_gain = a tag's probability at each step "
      "times the gain of that step, scores = a tag's best score over the steps, beam = the most probable sequence that a "
      "beam search finds (ordered_rnn, order_free). auto takes greedy for rank, ordered_rnn, jvsp and an order_free with "
      "an alignment, beam for order_free without, and scores for the others.");
  decode.integer("steps", steps, between(0, 256), "Steps to run; 0 takes model.steps.");
  decode.integer("beam_width", beam_width, between(1, 1024), "Sequences per picture that beam keeps at each step.");
  decode.real("least_probability", least_probability, between(0, 1),
              "A path ends when every next tag would lower its probability below this (order_free with alignment = \"none\").");
  decode.integer("exactly", exactly, between(0, 256),
                 "Name exactly this many tags, regardless of END; 0 stops at END or after decode.steps (ordered_rnn, jvsp).");
  decode.choice(
      "sequence_score", sequence_score,
      "Score of a tag (jvsp): its largest probability over the steps, plus 1 if it was named (a threshold of 1 then "
      "selects the named tags); that probability alone; or its probability at the step that named it, else 0 (a threshold "
      "of 0 selects the named tags).");
  decode.choice("gain", gain, "Gain of step t = 0, 1, ...: (gain_steps - t) / gain_steps, or 1 / (t + 1).");
  decode.integer("gain_steps", gain_steps, between(1, 256), "Steps that expected_gain counts.");
  decode.flag("first_greedy", first_greedy, "expected_gain: the first tag is the best one of the first step.");
  decode.flag("repeat", repeat, "greedy: a tag may win at more than one step.");
}

}  // namespace tagloom
