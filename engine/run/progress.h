#pragma once
// Shows the progress of long work: a bar with pictures per second, loss and remaining time on a terminal, key=value lines in a
// log file, or only warnings. Writes to the given stream only.
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
  std::ostream* sink = nullptr;  // kQuiet writes only warnings; may be null then
  bool utf8 = false;             // the bar may use line-drawing characters
  std::function<int()> width;    // columns of the terminal, called before every drawing; 80 if not given
  std::function<double()> now;   // seconds; a steady clock if not given
  double seconds_between_drawings = 0.1;
  double seconds_between_lines = 10;
};

// One piece of work: "epoch" 3 of 30, or "predict" (count 0).
struct ProgressTask {
  std::string name;
  int64_t number = 0, count = 0;
  int64_t pictures = 0;        // in this task; 0 if unknown
  int64_t pictures_done = 0;   // of these, already done (in a resumed epoch)
  int64_t pictures_after = 0;  // in the tasks that follow, included in the remaining time
};

struct ProgressValue {
  std::string name;
  double value;
};

struct ProgressTotals {
  int64_t pictures = 0;  // done since start()
  double seconds = 0;
  double mean_loss = std::numeric_limits<double>::quiet_NaN();  // over pictures; NaN if advance() got no loss
  double images_per_second() const { return seconds > 0 ? static_cast<double>(pictures) / seconds : 0; }
};

class Progress {
 public:
  explicit Progress(ProgressOptions options = {});
  ~Progress();  // removes a visible bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void start(const ProgressTask& task);
  void advance(int64_t pictures, double loss = std::numeric_limits<double>::quiet_NaN());
  ProgressTotals totals() const;
  ProgressTotals stop();  // ends the task and removes its bar
  // Erases the bar until advance() draws it again. Call this before writing to stdout, which may be the same terminal.
  void hide();

  // A line that stays: "epoch 3/30  loss 0.532  f1_label 0.371", or epoch=3 epochs=30 loss=0.532
  // f1_label=0.371.
  void report(const std::string& name, int64_t number, int64_t count, const std::vector<ProgressValue>& values);
  // A sentence that stays on the terminal; kQuiet drops it.
  void say(const std::string& sentence);
  // A warning, printed in every style. Each of the first 10,000 distinct sentences is printed only once, not in every epoch.
  void warn(const std::string& sentence);

 private:
  double seconds_to_go() const;
  void draw();
  void write_line(const std::string& text);
  std::string task_title() const;

  ProgressOptions options_;
  ProgressTask task_;
  bool active_ = false, drawn_ = false;
  double started_ = 0, last_output_ = 0, last_advance_ = 0;
  double rate_ = 0;  // pictures per second over roughly the last 15 seconds
  double loss_sum_ = 0;
  int64_t done_ = 0, loss_pictures_ = 0;
  std::set<std::string> warned_;
};

std::string duration_text(double seconds);  // "0:07", "12:34", "2:03:04"

}  // namespace tagloom
