#pragma once
// The folder of one training run: creates, resumes or restarts it, and locks it against a second training process.
//
//   config.toml        the resolved settings, with version and command lines
//   vocabulary.txt     one tag a line
//   last.safetensors   weights, optimizer, random state and position: the state that a resumed run starts from
//   previous.safetensors  only while last.safetensors may be ruined: the last sane state (engine/train/sane_checkpoint.h)
//   best.safetensors   the best weights on validation, or those of the end without validation
//   decisions.tsv      each tag's threshold and probability, fitted on validation (engine/selection/tag_decisions.h)
//   metrics.jsonl      one line per evaluation (run_log.h)
//   events.out.tfevents.*  the same for TensorBoard (event_file.h)
//   report.html        one self-contained page (html_report.h)
//   .unfinished        exists until everything above is written
//
// A process may be killed before or after any of these files is written. The state of what it leaves follows from the files, and
// every state can be resumed, started again, or is a finished model.
#include <string>
#include <vector>

namespace tagloom {

enum class RunState {
  kNone,       // not a run
  kStarted,    // without a checkpoint: can only start again
  kResumable,  // has last.safetensors
  kModel,      // a finished model without training state: a fitted one, or last.safetensors was removed
};

RunState run_state(const std::string& path);

class RunFolder {
 public:
  // The folder for a new run. It is created, or is empty, or contains a run that stopped before its first checkpoint, whose files
  // are removed. Throws Error(kUsage) if it contains anything else, Error(kData) if it cannot be created.
  static RunFolder create(const std::string& path);

  // The folder of a run that has a checkpoint. Throws Error(kUsage) if there is none.
  static RunFolder resume(const std::string& path);

  // The folder of a run that stopped before its first checkpoint, without its files except config.toml. Throws Error(kUsage) for
  // any other.
  static RunFolder restart(const std::string& path);

  // Removes the files of any run, after which create() accepts the folder. Throws Error(kUsage) if a process is training here.
  static void discard(const std::string& path);

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

  // A training calls begin() before it changes a file, and finish() once every file is written. create() and restart() begin it.
  void begin() const;
  void finish() const;

 private:
  explicit RunFolder(std::string path);  // takes the lock and removes what killed processes left
  void remove_files(bool keep_config) const;

  std::string path_;
  int lock_ = -1;
};

// Whether the folder has a run's settings and vocabulary, and whether it was left before everything was written (false for runs of
// versions that did not mark it).
bool is_run_folder(const std::string& path);
bool is_unfinished_run(const std::string& path);

// Throw Error(kUsage) if the folder does not contain a run; or if that run cannot be resumed or, with config.toml, started again.
void require_run_folder(const std::string& path);
void require_resumable_run(const std::string& path);

}  // namespace tagloom
