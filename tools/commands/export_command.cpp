// tagtrain export: writes a trained run's model for other programs.
#include <filesystem>
#include <iostream>

#include "engine/core/interrupt.h"
#include "engine/train/weights.h"
#include "kernels/base/warning.h"
#include "models/onnx/export_model.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"
#include "tools/output/target_file.h"
#include "tools/setup/open_run.h"

namespace tagloom {
namespace {

std::string port_words(const std::vector<OnnxPort>& ports) {
  std::string words;
  for (const OnnxPort& port : ports) {
    words += words.empty() ? port.name + " [" : ", " + port.name + " [";
    for (const int64_t size : port.shape) words += size < 0 ? "N" : "," + std::to_string(size);
    words += "]";
  }
  return words;
}

// The settings without the paths of files on this machine.
std::string settings_without_paths(Settings settings) {
  DataSettings& data = settings.data;
  for (std::string* path :
       {&data.train, &data.validation, &data.test, &data.vocabulary, &data.cache_dir, &settings.backbone.weights}) {
    path->clear();
  }
  return settings_to_toml(settings, {});
}

// Writes the weights with PyTorch's names, layouts and counters of batch norm, and what a program needs to build the modules.
void write_torch_state(const TrainedRun& run, const std::string& path) {
  const int64_t none = 0;
  ModuleEntries weights = module_entries(*run.model);
  std::vector<SafetensorsEntry> counters;
  for (const SafetensorsEntry& entry : weights.entries) {
    constexpr std::string_view kVariance = "running_var";
    if (!entry.name.ends_with(kVariance)) continue;
    const std::string norm = entry.name.substr(0, entry.name.size() - kVariance.size());
    counters.push_back({norm + "num_batches_tracked", SafetensorsType::kI64, {}, std::as_bytes(std::span(&none, 1))});
  }
  weights.entries.insert(weights.entries.end(), counters.begin(), counters.end());
  SafetensorsMetadata metadata = run.model->metadata();
  metadata["settings"] = settings_without_paths(run.settings);
  for (const std::string& name : run.vocabulary.names()) metadata["tags"] += (metadata["tags"].empty() ? "" : "\n") + name;
  write_safetensors(path, std::move(weights.entries), std::move(metadata));
}

struct TaggerExportFlags {
  std::string folder, file, checkpoint, input = "pictures";
  bool force = false, quiet = false;
  SettingsFlags changes;
};

constexpr char kAboutExport[] = "Writes a trained tagger for other programs: as an ONNX model, or as weights for PyTorch.";

void declare_tagger_export(Options& options, TaggerExportFlags& flags) {
  options.argument("RUN", flags.folder, "The run folder.")
      .argument(
          "FILE", flags.file,
          "FILE.onnx: the whole model, from pictures to tags. FILE.safetensors: its weights with PyTorch's names and layouts.")
      .choice("--input", flags.input, {"pictures", "features"},
              "Input of the ONNX model: pictures, which it normalises itself, or the backbone's features. Default pictures.")
      .value("--checkpoint", flags.checkpoint, "FILE", "Weights to use instead of best.safetensors.")
      .setting_flag("--top-k", "decode.top_k", flags.changes)
      .setting_flag("--threshold", "decode.threshold", flags.changes)
      .settings(flags.changes)
      .flag("--force", flags.force, "Replace FILE if it exists.")
      .flag("-q,--quiet", flags.quiet, "Print only warnings and errors.")
      .note(
          "tagtrain export runs/corel5k corel5k.onnx\n"
          "tagtrain export runs/corel5k corel5k.safetensors      (examples/load_in_pytorch.py loads it)\n\n"
          "The ONNX model has the outputs scores, ranking (all tags, best first) and tags (those that tagpredict gives, padded "
          "with -1). Exit codes: 0 done, 2 usage, 3 data.");
}

}  // namespace

CommandDescription export_description() {
  TaggerExportFlags flags;
  Options options("export", kAboutExport);
  declare_tagger_export(options, flags);
  return options.description();
}

int export_tagger_command(const std::vector<std::string>& arguments) {
  TaggerExportFlags flags;
  auto& [folder, file, checkpoint, input, force, quiet, changes] = flags;
  Options options("tagtrain export", kAboutExport);
  declare_tagger_export(options, flags);
  if (!options.parse(arguments)) return kExitDone;
  if (changes.show) return show_config(folder, changes);

  const std::string extension = std::filesystem::path(file).extension();
  const bool onnx = extension == ".onnx";
  TL_CHECK(onnx || extension == ".safetensors",
           "{}: the extension selects the format: name the file FILE.onnx for an ONNX model, or FILE.safetensors for PyTorch",
           file);
  TL_CHECK(onnx || input == "pictures", "--input is for ONNX models: leave it out, or name the file FILE.onnx");
  TL_CHECK(!onnx || writes_onnx(),
           "this build cannot write ONNX: install libonnx-dev and libprotobuf-dev, and build again from an empty folder");
  require_new(file, force);
  changes.assignments.push_back(assignment_from_text("train.device", "cpu", "tagtrain export"));
  const TrainedRun run = open_run(folder, checkpoint, changes);
  if (!onnx) {
    write_torch_state(run, file);
    if (!quiet) std::cerr << "tagtrain: wrote " << file << "\n";
    return kExitDone;
  }
  for (const std::string& note : export_notes(run)) kernels::warn(note);
  OnnxModel model = export_model(run, {.from_features = input == "features"});
  const std::string words = port_words(model.inputs) + " -> " + port_words(model.outputs);
  write_onnx(std::move(model), file);
  if (!quiet) std::cerr << "tagtrain: wrote " << file << ": " << words << "\n";
  return kExitDone;
}

}  // namespace tagloom
