#pragma once
// The folder of one training run: made, refused or taken up again, and locked against a second training.
//
//   config.toml        the resolved settings, with version and command line
//   vocabulary.txt     one tag a line
//   last.safetensors   weights, optimizer, random state and position: what a resumed run starts from
//   best.safetensors   the weights that were best on validation
//   decisions.tsv      each tag's threshold and probability, fitted on validation (engine/selection/tag_decisions.h)
//   metrics.jsonl      one line an evaluation (run_log.h)
//   events.out.tfevents.*  the same for TensorBoard (event_file.h)
//   report.html        one self-contained page (html_report.h)
#include <string>
#include <vector>

namespace tagloom {

class RunFolder {
 public:
  // A folder for a new run: it is made, or is empty, or holds a run that stopped before its first checkpoint
  // (whose log is removed). Throws Error(kUsage) where it holds something else, and says how to go on;
  // Error(kData) where it cannot be made.
  static RunFolder create(const std::string& path);

  // The folder of a run that has a checkpoint. Throws Error(kUsage) where there is none.
  static RunFolder resume(const std::string& path);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();  // gives the lock back

  const std::string& path() const { return path_; }
  std::string config() const { return file("config.toml"); }
  std::string vocabulary() const { return file("vocabulary.txt"); }
  std::string last() const { return file("last.safetensors"); }
  std::string best() const { return file("best.safetensors"); }
  std::string decisions() const { return file("decisions.tsv"); }
  std::string metrics() const { return file("metrics.jsonl"); }
  std::string report() const { return file("report.html"); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  // Whole files, replaced at once.
  void write_config(const std::string& toml) const;
  void write_vocabulary(const std::vector<std::string>& tags) const;

 private:
  explicit RunFolder(std::string path);  // takes the lock

  std::string path_;
  int lock_ = -1;
};

// Whether the folder holds a run; and Error(kUsage) where it does not, for those who want to read one, or to go on with one.
bool is_run_folder(const std::string& path);
void require_run_folder(const std::string& path);
void require_resumable_run(const std::string& path);

}  // namespace tagloom
