#pragma once
// The short table before a training: what it would do.
#include <ostream>
#include <string>

#include "tools/training/training_data.h"

namespace tagloom {

// `memory` may be several lines, or none; `output` is the run folder, or says that there is none.
void print_plan(std::ostream& out, const Settings& settings, const TrainingData& data, const CnnTagger& model, Device device,
                const std::string& memory, const std::string& output);

}  // namespace tagloom
