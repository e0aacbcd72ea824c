// tagpredict: tags pictures and folders of pictures.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/metrics/metrics.h"
#include "engine/run/interrupt.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/commands.h"
#include "tools/output/xmp.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/open_run.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

struct TaggedPicture {
  std::string path;
  std::vector<std::pair<std::string, float>> tags;
};

// The pictures among `inputs` and in its folders, recursively; a folder's sorted by path, and no path twice.
std::vector<std::string> find_pictures(const std::vector<std::string>& inputs) {
  static const std::set<std::string> known{".jpg", ".jpeg", ".png", ".bmp", ".gif", ".ppm", ".pgm", ".tga"};
  std::vector<std::string> pictures;
  for (const std::string& input : inputs) {
    TL_CHECK_AS(ErrorKind::kData, std::filesystem::exists(input), "{}: there is no such file or folder", input);
    if (!std::filesystem::is_directory(input)) {
      pictures.push_back(input);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(input, std::filesystem::directory_options::skip_permission_denied)) {
      std::string extension = entry.path().extension().string();
      std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
      if (entry.is_regular_file() && known.contains(extension)) inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    TL_CHECK_AS(ErrorKind::kData, !inside.empty(), "{}: this folder has no pictures (.jpg .png .bmp .gif .ppm .pgm .tga)", input);
    pictures.insert(pictures.end(), inside.begin(), inside.end());
  }
  std::set<std::string> seen;
  std::erase_if(pictures, [&](const std::string& path) { return !seen.insert(path).second; });
  return pictures;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void write_tags(const std::string& format, const TaggedPicture& picture, bool scores) {
  if (format == "jsonl") {
    nlohmann::ordered_json tags = nlohmann::ordered_json::array();
    for (const auto& [tag, score] : picture.tags) tags.push_back({{"tag", tag}, {"score", score}});
    std::cout << nlohmann::ordered_json{{"path", picture.path}, {"tags", tags}}.dump() << "\n";
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
          "Pictures that cannot be read are reported on stderr and left out; the exit code is then 3.");
  if (!options.parse(arguments)) return kExitDone;

  Interrupt interrupt;
  TrainedRun run = open_run(folder, checkpoint, changes);
  run.settings.data.dataset.on_error = OnError::kSkip;
  SelectionRule rule = selection_rule(run);
  if (top_k || threshold) {
    TL_CHECK(!top_k || *top_k > 0, "--top-k is {}: it must be at least 1", *top_k);
    rule = {.top_k = top_k, .threshold = threshold};
  }
  const Dataset dataset = Dataset::of_pictures(find_pictures(inputs), run.vocabulary);
  Progress progress(stderr_progress(quiet));
  int64_t unreadable = 0;
  const SamplerSettings sampler{.batch_size = evaluation_batch(run.settings), .shuffle = false};
  PictureSource source(dataset, reader_settings(run.settings, false), sampler, run.device, [&](const ReadFailure& failure) {
    ++unreadable;
    progress.warn("skipped " + failure.reason);
  });
  if (form == "csv") std::cout << "path,tag,score\n";
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
  return kExitDone;
}

}  // namespace tagloom
