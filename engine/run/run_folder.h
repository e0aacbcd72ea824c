#pragma once
// The folder of one training run: creates or resumes it, and locks it against a second training process.
//
//   config.toml        the resolved settings, with version and command line
//   vocabulary.txt     one tag a line
//   last.safetensors   weights, optimizer, random state and position: the state that a resumed run starts from
//   previous.safetensors  only while last.safetensors may be ruined: the last sane state (engine/train/sane_checkpoint.h)
//   best.safetensors   the best weights on validation
//   decisions.tsv      each tag's threshold and probability, fitted on validation (engine/selection/tag_decisions.h)
//   metrics.jsonl      one line per evaluation (run_log.h)
//   events.out.tfevents.*  the same for TensorBoard (event_file.h)
//   report.html        one self-contained page (html_report.h)
#include <string>
#include <vector>

namespace tagloom {

class RunFolder {
 public:
  // The folder for a new run. It is created, or is empty, or contains a run that stopped before its first checkpoint (whose log
  // is removed). Throws Error(kUsage) if it contains anything else, Error(kData) if it cannot be created.
  static RunFolder create(const std::string& path);

  // The folder of a run that has a checkpoint. Throws Error(kUsage) if there is none.
  static RunFolder resume(const std::string& path);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  ~RunFolder();  // releases the lock

  const std::string& path() const { return path_; }
  std::string config() const { return file("config.toml"); }
  std::string vocabulary() const { return file("vocabulary.txt"); }
  std::string last() const { return file("last.safetensors"); }
  std::string previous() const { return file("previous.safetensors"); }
  std::string best() const { return file("best.safetensors"); }
  std::string decisions() const { return file("decisions.tsv"); }
  std::string metrics() const { return file("metrics.jsonl"); }
  std::string report() const { return file("report.html"); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  // Replace the whole file atomically.
  void write_config(const std::string& toml) const;
  void write_vocabulary(const std::vector<std::string>& tags) const;

 private:
  explicit RunFolder(std::string path);  // takes the lock

  std::string path_;
  int lock_ = -1;
};

// Whether the folder contains a run; the require functions throw Error(kUsage) if it does not, or if the run cannot be resumed.
bool is_run_folder(const std::string& path);
void require_run_folder(const std::string& path);
void require_resumable_run(const std::string& path);

}  // namespace tagloom
