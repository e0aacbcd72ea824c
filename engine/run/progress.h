#pragma once
// How far long work is: a bar with pictures a second, loss and time to go for a person at a terminal,
// key=value lines for a log file, or nothing but warnings. Writes to the stream that it is given and to nothing else.
#include <cstdint>
#include <functional>
#include <limits>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace tagloom {

enum class ProgressStyle { kQuiet, kLines, kBar };

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::kQuiet;
  std::ostream* sink = nullptr;  // kQuiet writes warnings to it, and nothing where there is none
  bool utf8 = false;             // the bar may use line-drawing characters
  std::function<int()> width;    // columns of the terminal, asked before every drawing; 80 where not given
  std::function<double()> now;   // seconds; a steady clock where not given
  double seconds_between_drawings = 0.1;
  double seconds_between_lines = 10;
};

// One piece of work: "epoch" 3 of 30, or "predict" (count 0).
struct ProgressTask {
  std::string name;
  int64_t number = 0, count = 0;
  int64_t pictures = 0;        // in this task; 0 where that is not known
  int64_t pictures_done = 0;   // of these, done before (a resumed epoch)
  int64_t pictures_after = 0;  // in the tasks that follow: the time to go counts them too
};

struct ProgressValue {
  std::string name;
  double value;
};

struct ProgressTotals {
  int64_t pictures = 0;  // done since start()
  double seconds = 0;
  double mean_loss = std::numeric_limits<double>::quiet_NaN();  // over pictures; NaN where advance() was given none
  double images_per_second() const { return seconds > 0 ? static_cast<double>(pictures) / seconds : 0; }
};

class Progress {
 public:
  explicit Progress(ProgressOptions options = {});
  ~Progress();  // removes a bar that is still there
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void start(const ProgressTask& task);
  void advance(int64_t pictures, double loss = std::numeric_limits<double>::quiet_NaN());
  ProgressTotals totals() const;
  ProgressTotals stop();  // ends the task and removes its bar

  // A line that stays: "epoch 3/30  loss 0.532  f1_label 0.371", or epoch=3 epochs=30 loss=0.532
  // f1_label=0.371.
  void report(const std::string& name, int64_t number, int64_t count, const std::vector<ProgressValue>& values);
  // A sentence that stays; kQuiet drops it.
  void say(const std::string& sentence);
  // A warning: told in every style, each sentence once, so that an epoch does not repeat those of the epoch before.
  void warn(const std::string& sentence);

 private:
  double seconds_to_go() const;
  void draw();
  void erase();
  void write_line(const std::string& text);
  std::string task_title() const;

  ProgressOptions options_;
  ProgressTask task_;
  bool active_ = false, drawn_ = false;
  double started_ = 0, last_output_ = 0, last_advance_ = 0;
  double rate_ = 0;  // pictures a second, of the last quarter of a minute or so
  double loss_sum_ = 0;
  int64_t done_ = 0, loss_pictures_ = 0;
  std::set<std::string> warned_;
};

std::string duration_text(double seconds);  // "0:07", "12:34", "2:03:04"

}  // namespace tagloom
