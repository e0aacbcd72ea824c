#include "tools/training/training_plan.h"

#include <sstream>

namespace tagloom {

void print_plan(std::ostream& out, const Settings& settings, const TrainingData& data, const CnnTagger& model, Device device,
                const std::string& memory, const std::string& output) {
  const auto row = [&](const char* name, const std::string& text) {
    out << "  " << name << std::string(12 - std::string(name).size(), ' ') << text << "\n";
  };
  const int64_t per_epoch = (data.train.size() + settings.train.batch_size - 1) / settings.train.batch_size;
  row("data", format("{} training and {} validation pictures, {} tags", data.train.size(), data.validation.size(),
                     data.train.vocabulary().size()));
  const DatasetReport& report = data.train.report();
  if (report.untagged + report.left_untagged > 0 && settings.data.drop_untagged) {
    row("", format("{} pictures without tags are left out", report.untagged + report.left_untagged));
  }
  if (!report.missing_files.empty())
    row("", format("{} pictures are missing and skipped; the first: {}", report.missing_files.size(), report.missing_files[0]));
  row("model", format("{} on {}, {} parameters", std::get<std::string>(find_setting("model.kind")->get(settings)),
                      settings.backbone.name, model.parameter_count()));
  row("device", device.description());
  if (is_fitted(settings.model.kind)) {
    row("plan", "fitted at once");
  } else {
    row("plan", format("{} epochs of {} steps, {} pictures a step", settings.train.epochs, per_epoch, settings.train.batch_size));
  }
  std::istringstream lines(memory);
  for (std::string line, name = "memory"; std::getline(lines, line); name.clear()) row(name.c_str(), line);
  row("output", output);
}

}  // namespace tagloom
