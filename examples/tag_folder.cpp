// Tags the pictures of a folder with a trained run: tag_folder RUN FOLDER
#include <tagloom/tagloom.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

using namespace tagloom;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: tag_folder RUN FOLDER\n";
    return 2;
  }
  try {
    const TrainedRun run = open_run(argv[1]);
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
      if (entry.is_regular_file()) paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    const Dataset pictures = Dataset::of_pictures(paths, run.vocabulary);
    DataLoader loader(pictures, {.batch_size = 32,
                                 .device = run.device,
                                 .training = false,
                                 .transform = run.settings.data.transform,
                                 .on_error = OnError::kSkip});  // leaves out what is not a picture
    const SelectionRule rule = selection_rule(run);
    for (const Batch& batch : loader) {
      Predictions predictions = run.model->predict(batch);
      calibrate(run, predictions);
      for (int64_t i = 0; i < batch.size(); ++i) {
        std::cout << pictures.sample(batch.index[i]).path;
        for (const int32_t tag : given_tags(predictions, i, rule)) {
          std::cout << '\t' << run.vocabulary.name(tag) << ' ' << predictions.scores[i * predictions.tag_count + tag];
        }
        std::cout << '\n';
      }
    }
  } catch (const Error& error) {
    std::cerr << "tag_folder: " << error.what() << '\n';
    return 1;
  }
}
