// tagpredict: tags pictures and folders of pictures.
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/interrupt.h"
#include "engine/io/atomic_file.h"
#include "engine/metrics/metrics.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/commands.h"
#include "tools/output/json_path.h"
#include "tools/output/xmp.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/find_pictures.h"
#include "tools/setup/open_run.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

struct TaggedPicture {
  std::string path;
  std::vector<std::pair<std::string, float>> tags;
};

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void sweep_sidecar_folders(const std::vector<std::string>& pictures) {
  std::set<std::string> folders;
  for (const std::string& picture : pictures) folders.insert(std::filesystem::absolute(picture).parent_path().string());
  for (const std::string& folder : folders) sweep_temporaries(folder);
}

void write_tags(const std::string& format, const TaggedPicture& picture, bool scores) {
  if (format == "jsonl") {
    nlohmann::ordered_json tags = nlohmann::ordered_json::array();
    for (const auto& [tag, score] : picture.tags) tags.push_back({{"tag", tag}, {"score", score}});
    nlohmann::ordered_json line;
    add_path(line, "path", picture.path);
    line["tags"] = tags;
    std::cout << line.dump() << "\n";
  } else if (format == "csv") {
    for (const auto& [tag, score] : picture.tags)
      std::cout << csv_field(picture.path) << ',' << csv_field(tag) << ',' << score << "\n";
  } else if (format == "xmp") {
    std::vector<std::string> names;
    for (const auto& entry : picture.tags) names.push_back(entry.first);
    write_xmp_sidecar(picture.path + ".xmp", names);
  } else {
    std::cout << picture.path << '\t';
    for (size_t i = 0; i < picture.tags.size(); ++i) {
      std::cout << (i ? "," : "") << picture.tags[i].first;
      if (scores) std::cout << ':' << picture.tags[i].second;
    }
    std::cout << "\n";
  }
}

}  // namespace

int predict_command(const std::vector<std::string>& arguments) {
  std::string folder, checkpoint, form = "text";
  std::vector<std::string> inputs;
  std::optional<int64_t> top_k;
  std::optional<double> threshold;
  bool quiet = false, scores = false;
  SettingsFlags changes;
  Options options("tagpredict", "Tags pictures with a trained tagger.");
  options.argument("RUN", folder, "The run folder.")
      .arguments("PICTURES", inputs, "Pictures and folders of pictures.")
      .value("--checkpoint", checkpoint, "FILE", "Weights to use instead of best.safetensors.")
      .choice(
          "--format", form, {"text", "csv", "jsonl", "xmp"},
          "text: one line per picture; csv: one path,tag,score per line; jsonl: one JSON object per line; xmp: a sidecar file "
          "PICTURE.xmp next to each picture. Default text.")
      .value("--top-k", top_k, "N", "Give the N best tags.")
      .value("--threshold", threshold, "X", "Give the tags with a score above X; with --top-k, at most N of them.")
      .flag("--scores", scores, "--format text: print tag:score.")
      .settings(changes)
      .flag("-q,--quiet", quiet, "Print only warnings and errors on stderr.")
      .note(
          "tagpredict runs/corel5k photos/ --format jsonl\n\n"
          "Pictures and folders that cannot be read are reported on stderr and left out; the exit code is then 3. A picture is a "
          "regular file.\nA path that is not UTF-8 has a U+FFFD for each such byte in jsonl's \"path\", and \"path_bytes\" has "
          "all of it in base64.");
  if (!options.parse(arguments)) return kExitDone;

  Interrupt interrupt;
  TrainedRun run = open_run(folder, checkpoint, changes);
  run.settings.data.dataset.on_error = OnError::kSkip;
  SelectionRule rule = selection_rule(run);
  if (top_k || threshold) {
    TL_CHECK(!top_k || *top_k > 0, "--top-k is {}: it must be at least 1", *top_k);
    rule = {.top_k = top_k, .threshold = threshold};
  }
  const FoundPictures found = find_pictures(inputs);
  Progress progress(stderr_progress(quiet));
  for (const std::string& sentence : found.unreadable) progress.warn("skipped " + sentence);
  if (found.paths.empty()) return kExitData;
  const Dataset dataset = Dataset::of_pictures(found.paths, run.vocabulary);
  int64_t unreadable = 0;
  const SamplerSettings sampler{.batch_size = evaluation_batch(run.settings), .shuffle = false};
  PictureSource source(dataset, reader_settings(run.settings, false), sampler, run.device, [&](const ReadFailure& failure) {
    ++unreadable;
    progress.warn("skipped " + failure.reason);
  });
  if (form == "csv") std::cout << "path,tag,score\n";
  if (form == "xmp") sweep_sidecar_folders(found.paths);
  progress.start({.name = "predict", .pictures = dataset.size()});
  source.start_epoch(0, 0);
  try {
    for (Batch batch; source.next(batch);) {
      Predictions predictions;
      run_in_memory(batch.size(), evaluation_batch_setting(run.settings), run.device,
                    [&] { predictions = run.model->predict(batch); });
      calibrate(run, predictions);
      for (int64_t i = 0; i < batch.size(); ++i) {
        TaggedPicture picture{dataset.sample(batch.index[i]).path, {}};
        for (int32_t tag : given_tags(predictions, i, rule)) {
          picture.tags.emplace_back(run.vocabulary.name(tag), predictions.scores[i * predictions.tag_count + tag]);
        }
        write_tags(form, picture, scores);
      }
      std::cout.flush();
      progress.advance(batch.size());
      if (Interrupt::signal() != 0) return exit_code_of_signal(Interrupt::signal());
    }
  } catch (const Error& error) {
    if (unreadable < dataset.size()) throw;  // else each picture was reported already
  }
  progress.stop();
  if (unreadable > 0) {
    progress.warn(format("{} of {} pictures could not be read", unreadable, dataset.size()));
    return kExitData;
  }
  return found.unreadable.empty() ? kExitDone : kExitData;
}

}  // namespace tagloom
