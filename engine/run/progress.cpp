// Draws the progress bar and writes log lines.
#include "engine/run/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ostream>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr double kRateMemorySeconds = 15;
constexpr size_t kMostRemembered = 10000;  // warnings; bounds memory if every picture of a long run causes one
constexpr int kLongestBar = 40, kShortestBar = 8;
constexpr int kRoomForWords = 46;  // fixed, so the bar's length does not change with the words

double steady_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  const bool whole = value == std::floor(value) && std::abs(value) < 1e6;
  return format(whole ? "{:.0f}" : std::abs(value) >= 100 ? "{:.1f}" : "{:.4g}", value);
}

std::string repeated(const char* text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string bar_text(double part, int cells, bool utf8) {
  const int full = std::clamp(static_cast<int>(part * cells + 1e-9), 0, cells);
  if (utf8) return repeated("━", full) + repeated("┄", cells - full);
  return repeated("=", full) + (full < cells ? ">" : "") + repeated(".", std::max(0, cells - full - 1));
}

}  // namespace

std::string duration_text(double seconds) {
  const auto total = static_cast<long long>(std::max(0.0, std::round(seconds)));
  if (total >= 3600) return format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  return format("{}:{:02}", total / 60, total % 60);
}

Progress::Progress(ProgressOptions options) : options_(std::move(options)) {
  TL_CHECK_AS(ErrorKind::kInternal, options_.style == ProgressStyle::kQuiet || options_.sink != nullptr,
              "[progress] has no sink");
  if (!options_.now) options_.now = steady_seconds;
}

Progress::~Progress() { hide(); }

void Progress::start(const ProgressTask& task) {
  stop();
  task_ = task;
  active_ = true;
  done_ = loss_pictures_ = 0;
  loss_sum_ = rate_ = 0;
  started_ = last_output_ = last_advance_ = options_.now();
  if (options_.style == ProgressStyle::kBar) draw();
}

void Progress::advance(int64_t pictures, double loss) {
  const double now = options_.now();
  done_ += pictures;
  if (!std::isnan(loss)) {
    loss_sum_ += loss * static_cast<double>(pictures);
    loss_pictures_ += pictures;
  }
  // An exponential mean over time whose window grows with the task's age, so a slow first step is quickly forgotten.
  const double step_seconds = now - last_advance_;
  if (step_seconds > 0) {
    const double memory = std::min(kRateMemorySeconds, now - started_);
    const double weight = 1 - std::exp(-step_seconds / memory);
    rate_ = rate_ == 0 ? static_cast<double>(pictures) / step_seconds
                       : rate_ + weight * (static_cast<double>(pictures) / step_seconds - rate_);
    last_advance_ = now;
  }
  if (options_.style == ProgressStyle::kBar && now - last_output_ >= options_.seconds_between_drawings) {
    draw();
  } else if (options_.style == ProgressStyle::kLines && now - last_output_ >= options_.seconds_between_lines) {
    last_output_ = now;
    std::string line = task_title() + format(" done={}", task_.pictures_done + done_);
    if (task_.pictures > 0) line += format(" of={}", task_.pictures);
    line += " images_per_second=" + number_text(rate_);
    if (loss_pictures_ > 0) line += " loss=" + number_text(totals().mean_loss);
    if (task_.pictures > 0) line += " eta_seconds=" + number_text(std::round(seconds_to_go()));
    write_line(line);
  }
}

ProgressTotals Progress::totals() const {
  ProgressTotals totals;
  totals.pictures = done_;
  totals.seconds = options_.now() - started_;
  if (loss_pictures_ > 0) totals.mean_loss = loss_sum_ / static_cast<double>(loss_pictures_);
  return totals;
}

ProgressTotals Progress::stop() {
  if (!active_) return {};
  active_ = false;
  hide();
  return totals();
}

void Progress::report(const std::string& name, int64_t number, int64_t count, const std::vector<ProgressValue>& values) {
  if (options_.style == ProgressStyle::kQuiet) return;
  std::string line;
  if (options_.style == ProgressStyle::kBar) {
    line = count > 0 ? format("{} {}/{}", name, number, count) : name;
    for (const ProgressValue& value : values) line += format("  {} {}", value.name, number_text(value.value));
  } else {
    line = count > 0 ? format("{}={} {}s={}", name, number, name, count) : "task=" + name;
    for (const ProgressValue& value : values) line += format(" {}={}", value.name, number_text(value.value));
  }
  write_line(line);
}

void Progress::say(const std::string& sentence) {
  if (options_.style != ProgressStyle::kQuiet) write_line(sentence);
}

void Progress::warn(const std::string& sentence) {
  const bool repeated = warned_.contains(sentence);
  if (!repeated && warned_.size() < kMostRemembered) warned_.insert(sentence);
  if (options_.sink != nullptr && !repeated) write_line(sentence);
}

double Progress::seconds_to_go() const {
  const int64_t left = std::max<int64_t>(0, task_.pictures - task_.pictures_done - done_) + task_.pictures_after;
  return rate_ > 0 ? static_cast<double>(left) / rate_ : 0;
}

std::string Progress::task_title() const {
  if (options_.style == ProgressStyle::kBar)
    return task_.count > 0 ? format("{} {}/{}", task_.name, task_.number, task_.count) : task_.name;
  return task_.count > 0 ? format("{}={} {}s={}", task_.name, task_.number, task_.name, task_.count) : "task=" + task_.name;
}

// title ━━━━━┄┄┄  58%  812 images/s  loss 0.532  ETA 1:04
// If the terminal is too narrow, drops the bar first, then words from the right.
void Progress::draw() {
  last_output_ = options_.now();
  const int width = (options_.width ? options_.width() : 80) - 1;  // the last column would wrap on some terminals
  const double part =
      task_.pictures > 0 ? static_cast<double>(task_.pictures_done + done_) / static_cast<double>(task_.pictures) : 0;
  std::vector<std::string> words;
  if (task_.pictures > 0)
    words.push_back(format("{}%", static_cast<int>(std::min(1.0, part) * 100)));
  else
    words.push_back(format("{} images", done_));
  if (rate_ > 0) words.push_back(number_text(rate_ < 10 ? rate_ : std::round(rate_)) + " images/s");
  if (loss_pictures_ > 0) words.push_back("loss " + number_text(totals().mean_loss));
  if (rate_ > 0 && task_.pictures > 0) words.push_back("ETA " + duration_text(seconds_to_go()));

  const std::string title = task_title();
  std::string tail;
  for (const std::string& word : words) {
    if (static_cast<int>(title.size() + tail.size() + 2 + word.size()) <= width) tail += "  " + word;
  }
  const int room = width - static_cast<int>(title.size()) - 1;
  const int cells = std::clamp(room - kRoomForWords, kShortestBar, kLongestBar);
  std::string line = title.substr(0, static_cast<size_t>(std::max(0, width)));
  if (task_.pictures > 0 && cells + static_cast<int>(tail.size()) <= room) {
    line.append(" ").append(bar_text(part, cells, options_.utf8));
  }
  *options_.sink << '\r' << line << tail << "\033[K" << std::flush;
  drawn_ = true;
}

void Progress::hide() {
  if (drawn_) *options_.sink << "\r\033[K" << std::flush;
  drawn_ = false;
}

void Progress::write_line(const std::string& text) {
  hide();
  *options_.sink << text << '\n' << std::flush;
  if (active_ && options_.style == ProgressStyle::kBar) draw();
}

}  // namespace tagloom
