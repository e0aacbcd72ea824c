// Plans the trainings of a suite, runs them as child processes, and collects their results.
#include "tools/suite/suite_run.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include "engine/core/interrupt.h"
#include "engine/io/atomic_file.h"
#include "engine/io/read_file.h"
#include "engine/run/progress.h"
#include "engine/run/run_folder.h"
#include "kernels/base/error.h"
#include "kernels/base/warning.h"
#include "tools/command_line/config.h"
#include "tools/command_line/run_tool.h"
#include "tools/suite/child_log.h"
#include "tools/suite/child_process.h"
#include "tools/suite/suite_results.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

struct PlannedEvaluation {
  std::vector<std::string> set;
  std::string key() const { return joined(set); }
};

// One training with one seed, and its evaluations.
struct Job {
  const SuiteRow* row = nullptr;
  int64_t seed = 1;
  std::string folder = {};                          // OUTPUT/NAME/seed1
  std::vector<std::string> set = {};                // settings that override the configuration
  std::vector<PlannedEvaluation> evaluations = {};  // for its tables and those of its run_of rows
  enum class State { kNew, kStopped, kTrained, kFinished, kChanged } state = State::kNew;
  SuiteRecord record = {};

  std::string record_path() const { return folder + ".json"; }
  std::string log() const { return folder + ".log"; }
  std::vector<PlannedEvaluation> missing() const {
    std::vector<PlannedEvaluation> out;
    for (const PlannedEvaluation& e : evaluations) {
      if (!record.evaluations.contains(e.key())) out.push_back(e);
    }
    return out;
  }
};

std::vector<std::string> evaluation_set(const SuiteRow& row, const SuiteTable& table) {
  std::vector<std::string> set;
  if (!row.run_of.empty()) set = row.set;
  set.insert(set.end(), table.set.begin(), table.set.end());
  return set;
}

bool has_table(const SuiteRow& row, const SuiteTable& table) {
  return std::find(row.tables.begin(), row.tables.end(), table.name) != row.tables.end();
}

// The settings of a training, resolved as in tagtrain.
std::string wanted_settings(const Job& job) {
  std::vector<Assignment> flags;
  for (const std::string& one : job.set) flags.push_back(set_assignment(one));
  Settings settings = read_settings({job.row->config}, flags);
  find_inputs(settings);
  return settings_to_toml(settings, {});
}

// The settings that a run was trained with; empty if they are not valid. Throws if the disk fails: then they may well be the same.
std::string settings_of_run(const std::string& folder) {
  read_file(folder + "/config.toml");
  try {
    return settings_to_toml(settings_from(read_config(folder + "/config.toml")), {});
  } catch (const Error&) {
    return "";
  }
}

bool has_checkpoint(const Job& job) { return fs::exists(job.folder + "/last.safetensors"); }

void find_state(Job& job) {
  const std::string wanted = wanted_settings(job);
  job.record = SuiteRecord::read(job.record_path());
  if (!is_run_folder(job.folder)) {
    job.record = {};
    return;
  }
  if (settings_of_run(job.folder) != wanted) {
    job.state = Job::State::kChanged;
    job.record = {};
    return;
  }
  // A fitted model is finished before its record is written.
  job.record.trained |= run_state(job.folder) == RunState::kModel;
  if (job.record.trained) {
    job.state = job.missing().empty() ? Job::State::kFinished : Job::State::kTrained;
  } else if (has_checkpoint(job)) {
    job.state = Job::State::kStopped;
  }
}

const char* state_words(Job::State state) {
  switch (state) {
    case Job::State::kNew:
      return "to train";
    case Job::State::kStopped:
      return "to resume";
    case Job::State::kTrained:
      return "to evaluate";
    case Job::State::kFinished:
      return "finished";
    case Job::State::kChanged:
      return "to train again: its settings have changed";
  }
  return "";
}

class SuiteRun {
 public:
  SuiteRun(const SuiteFlags& flags, const Suite& suite) : flags_(flags), suite_(suite) {}

  int run() {
    make_jobs();
    if (!flags_.quiet || flags_.dry_run) print_plan();
    if (flags_.dry_run) return first_failure_;
    work();
    if (signal_ != 0) {
      std::cerr << "tagtrain: interrupted and saved; resume with: " << flags_.command << "\n";
      return exit_code_of_signal(signal_);
    }
    write_tables();
    return first_failure_;
  }

 private:
  // A child that works on a job: its training, then its evaluations one by one.
  struct Slot {
    Job* job = nullptr;
    std::unique_ptr<ChildProcess> child;
    std::optional<PlannedEvaluation> evaluation;  // empty while it trains
    bool begins = false;                          // it trains from the start, in a new folder
    std::chrono::steady_clock::time_point started;
  };

  void fail_row(const std::string& row, const std::string& why, int code) {
    results_.failures.emplace(row, why);
    if (first_failure_ == kExitDone) first_failure_ = code;
  }

  void make_jobs() {
    for (const SuiteRow& row : suite_.rows) {
      if (!row.trains()) continue;
      for (int64_t seed = 1; seed <= row.seeds; ++seed) {
        Job job{.row = &row, .seed = seed, .folder = format("{}/{}/seed{}", flags_.output, row.name, seed)};
        for (const auto& part : {suite_.set, row.set, flags_.set}) job.set.insert(job.set.end(), part.begin(), part.end());
        job.set.push_back(format("train.seed={}", seed));
        for (const SuiteRow& reader : suite_.rows) {
          if (reader.name != row.name && reader.run_of != row.name) continue;
          for (const SuiteTable& table : suite_.tables) {
            if (has_table(reader, table)) job.evaluations.push_back({evaluation_set(reader, table)});
          }
        }
        try {
          find_state(job);
        } catch (const Error& error) {
          fail_row(row.name, error.what(), error.kind() == ErrorKind::kData ? kExitData : kExitUsage);
          std::cerr << format("tagtrain: {} cannot be trained: {}\n", row.name, error.what());
          break;
        }
        jobs_.push_back(std::move(job));
      }
    }
    jobs_at_once_ = flags_.jobs > 0 ? flags_.jobs : 1;
  }

  void print_plan() const {
    const auto line = [](const std::string& name, const std::string& text) {
      std::cerr << "  " << name << std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') << text << "\n";
    };
    line("suite", format("{}: {} trainings into {}, {} at a time", suite_.title, jobs_.size(), flags_.output, jobs_at_once_));
    for (size_t i = 0; i < jobs_.size();) {
      std::map<Job::State, std::string> seeds;
      const SuiteRow* row = jobs_[i].row;
      for (; i < jobs_.size() && jobs_[i].row == row; ++i) seeds[jobs_[i].state] += " " + std::to_string(jobs_[i].seed);
      std::string text;
      for (const auto& [state, which] : seeds) text += format("{}seed{} {}", text.empty() ? "" : "; ", which, state_words(state));
      line(row->name, text);
    }
  }

  void start(Slot& slot, std::vector<std::string> words, const std::string& out) {
    slot.started = std::chrono::steady_clock::now();
    slot.child = std::make_unique<ChildProcess>(words, ChildOptions{out, slot.job->log(), threads_});
  }

  std::string evaluation_file(const Job& job) const { return job.folder + ".tageval.json"; }

  // Starts the job's next step; returns false if there is none.
  bool start_next(Slot& slot) {
    Job& job = *slot.job;
    if (!job.record.trained) {
      const bool resume = has_checkpoint(job);
      std::vector<std::string> words{"tagtrain"};
      if (resume) {
        words.insert(words.end(), {"--resume", job.folder});
      } else {
        words.insert(words.end(), {"-c", job.row->config, "-o", job.folder});
        for (const std::string& one : job.set) words.insert(words.end(), {"--set", one});
      }
      if (flags_.strict) words.push_back("--strict");
      slot.evaluation.reset();
      slot.begins = !resume;
      start(slot, words, "");
      return true;
    }
    const std::vector<PlannedEvaluation> missing = job.missing();
    if (missing.empty()) return false;
    slot.evaluation = missing.front();
    std::vector<std::string> words{"tageval", job.folder, "--json"};
    if (flags_.strict) words.push_back("--strict");
    for (const std::string& one : slot.evaluation->set) words.insert(words.end(), {"--set", one});
    start(slot, words, evaluation_file(job));
    return true;
  }

  // Stores the results of a finished child; returns false if the job ends with it.
  bool store_result(Slot& slot) {
    Job& job = *slot.job;
    const int code = slot.child->code();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - slot.started).count();
    if (!slot.evaluation) job.record.seconds += seconds;
    if (code == kExitDone && slot.evaluation) {
      const std::string text = read_text(evaluation_file(job));
      parse_evaluation(text);
      job.record.evaluations[slot.evaluation->key()] = text;
      fs::remove(evaluation_file(job));
    } else if (code == kExitDone) {
      job.record.trained = true;
    }
    job.record.write(job.record_path());
    if (code == kExitDone) return true;
    fs::remove(evaluation_file(job));
    if (signal_ != 0) return false;
    if (!slot.evaluation && slot.begins && code == kExitUsage && has_checkpoint(job))
      return true;  // another process trained it first
    const bool killed = code == 128 + SIGKILL;
    const std::string end =
        killed ? "killed, perhaps because memory ran out" : format("exit code {}: {}", code, last_line(job.log()));
    const std::string why = format("seed {}, {} ({})", job.seed, end, job.log());
    const bool crashed = code > 128 && code != 128 + SIGHUP && code != 128 + SIGINT && code != 128 + SIGTERM;
    fail_row(job.row->name, why, killed ? kExitDevice : crashed ? kExitBug : code);
    std::cerr << format("tagtrain: {} failed: {}\n", job.row->name, why);
    return false;
  }

  void report_finished(const Job& job) {
    ++finished_;
    if (flags_.quiet) return;
    std::cerr << format("run={} runs={} system={} seed={} training={}\n", finished_, to_do_, job.row->name, job.seed,
                        duration_text(job.record.seconds));
  }

  void work() {
    std::deque<Job*> queue;
    for (Job& job : jobs_) {
      if (job.state != Job::State::kFinished) queue.push_back(&job);
    }
    to_do_ = static_cast<int64_t>(queue.size());
    threads_ = jobs_at_once_ > 1 ? std::max<int64_t>(1, omp_get_max_threads() / jobs_at_once_) : 0;
    Interrupt interrupt;
    std::vector<Slot> slots(static_cast<size_t>(jobs_at_once_));
    for (bool busy = true; busy;) {
      busy = false;
      if (signal_ == 0 && Interrupt::signal() != 0) {
        signal_ = Interrupt::signal();
        for (Slot& slot : slots) {
          if (slot.child) slot.child->send(signal_);
        }
      }
      for (Slot& slot : slots) {
        if (slot.child && !slot.child->finished()) {
          busy = true;
          continue;
        }
        bool more = false;
        if (slot.child) {
          more = store_result(slot);
          slot.child.reset();
          if (more && signal_ == 0) more = start_next(slot);
          if (more && signal_ == 0) {
            busy = true;
            continue;
          }
          if (slot.job->record.trained && slot.job->missing().empty()) report_finished(*slot.job);
        }
        if (signal_ != 0 || queue.empty()) continue;
        slot.job = queue.front();
        queue.pop_front();
        busy = true;  // the queue may hold more
        if (begin(*slot.job)) start_next(slot);
      }
      if (busy) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (signal_ == 0 && Interrupt::signal() != 0 && !all_finished()) signal_ = Interrupt::signal();
  }

  bool all_finished() const {
    return std::all_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.record.trained && job.missing().empty(); });
  }

  // Returns false, and fails the row, if another process trains in the folder of a changed run.
  bool begin(const Job& job) {
    if (job.state == Job::State::kChanged) {
      try {
        RunFolder::discard(job.folder);  // kChanged implies that this is a run of the suite
      } catch (const Error& error) {
        fail_row(job.row->name, error.what(), error.kind() == ErrorKind::kData ? kExitData : kExitUsage);
        std::cerr << format("tagtrain: {} cannot be trained again: {}\n", job.row->name, error.what());
        return false;
      }
      fs::remove(job.log());
    }
    if (job.state == Job::State::kChanged || job.state == Job::State::kNew) fs::remove(job.record_path());
    std::error_code error;
    fs::create_directories(fs::path(job.folder).parent_path(), error);
    TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot create the folder: {}", job.folder, error.message());
    sweep_temporaries(fs::path(job.folder).parent_path().string());
    return true;
  }

  void collect_results() {
    for (const SuiteRow& row : suite_.rows) {
      const std::string& trained = row.run_of.empty() ? row.name : row.run_of;
      for (const SuiteTable& table : suite_.tables) {
        if (!has_table(row, table)) continue;
        std::vector<std::optional<SuiteEvaluation>> seeds;
        for (const Job& job : jobs_) {
          if (job.row->name != trained) continue;
          const auto found = job.record.evaluations.find(joined(evaluation_set(row, table)));
          seeds.push_back(found == job.record.evaluations.end() ? std::nullopt : std::optional(parse_evaluation(found->second)));
        }
        for (const std::optional<SuiteEvaluation>& one : seeds) {  // finished rows too, which may have begun without --strict
          if (flags_.strict && one && !one->left_out.empty())
            fail_row(row.name, format("{}: left out or repeated: {}", table.name, left_out_words(*one)), kExitData);
        }
        if (!seeds.empty()) results_.of[{row.name, table.name}] = std::move(seeds);
      }
    }
  }

  // What the runs left out, also those of an earlier call; most warnings are the same for all runs.
  void repeat_warnings() const {
    std::vector<std::pair<std::string, std::string>> warnings;  // with the first system that has it
    for (const Job& job : jobs_) {
      for (const std::string& text : warnings_in(job.log())) {
        const auto same = std::find_if(warnings.begin(), warnings.end(), [&](const auto& one) { return one.second == text; });
        if (same == warnings.end()) warnings.emplace_back(job.row->name, text);
      }
    }
    for (const auto& [row, text] : warnings) kernels::warn(format("{}: {}", row, text));
  }

  void write_tables() {
    collect_results();
    repeat_warnings();
    const std::string tables = suite_tables(suite_, results_, 3);
    write_file_atomically(flags_.output + "/tables.md", tables);
    if (!flags_.page.empty()) {
      if (first_failure_ == kExitDone) {
        write_file_atomically(flags_.page, with_tables(read_text(flags_.page), suite_.name, tables, flags_.page));
      } else {
        std::cerr << format("tagtrain: {} was not changed, because not every system has results\n", flags_.page);
      }
    }
    std::cout << (flags_.json ? suite_json(suite_, results_) + "\n" : tables);
  }

  const SuiteFlags& flags_;
  const Suite& suite_;
  std::deque<Job> jobs_;
  SuiteResults results_;
  int64_t jobs_at_once_ = 1, threads_ = 0, finished_ = 0, to_do_ = 0;
  int signal_ = 0, first_failure_ = kExitDone;
};

}  // namespace

int run_suite(const SuiteFlags& flags) {
  const Suite suite = read_suite(flags.file);
  if (!flags.page.empty())
    with_tables(read_text(flags.page), suite.name, "", flags.page);  // fails before the training, not after
  if (!flags.dry_run) {
    std::error_code error;
    std::filesystem::create_directories(flags.output, error);
    TL_CHECK_AS(ErrorKind::kData, !error, "{}: cannot create the folder: {}", flags.output, error.message());
    sweep_temporaries(flags.output);
  }
  return SuiteRun(flags, suite).run();
}

}  // namespace tagloom
