#include "tools/predict/writers/keyword_writer.h"

#include <algorithm>
#include <map>

#include "engine/core/interrupt.h"
#include "kernels/base/error.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/library/embedded.h"
#include "tools/library/sidecar.h"
#include "tools/predict/found_pictures.h"
#include "tools/predict/writers/folder_sweep.h"

namespace tagloom {
namespace {

class KeywordWriter : public TagWriter {
 public:
  KeywordWriter(const KeywordOptions& options, const std::string& model, bool by_user)
      : name_(options.sidecar_name == "xmp" ? SidecarName::kStemXmp : SidecarName::kPictureXmp),
        embed_(options.embed),
        backup_(options.backup) {
    request_.fields = keyword_fields(options.fields);
    request_.model = model;
    request_.by_user = by_user;
  }
  std::string write(const TaggedPicture& picture) override {
    sweep_.sweep_folder_of(picture.path);
    const auto suggested = [](const ScoredTag& tag) { return SuggestedTag{tag.name, tag.score, tag.parents}; };
    request_.tags.clear();
    request_.unwanted.clear();
    std::ranges::transform(picture.tags, std::back_inserter(request_.tags), suggested);
    std::ranges::transform(picture.unwanted, std::back_inserter(request_.unwanted), suggested);
    return problem_of([&] {
      if (embed_) {
        for (const std::string& note : embed_keywords(picture.path, request_, backup_).notes) ++pictures_of_note_[note];
      } else {
        write_sidecar(picture.path, name_, request_);
      }
    });
  }
  std::vector<std::string> finish() override {
    std::vector<std::string> notes;
    for (const auto& [note, pictures] : pictures_of_note_)
      notes.push_back(format("{} ({} picture{})", note, pictures, pictures == 1 ? "" : "s"));
    return notes;
  }

 private:
  KeywordRequest request_;
  SidecarName name_;
  bool embed_, backup_;
  FolderSweep sweep_;
  std::map<std::string, int64_t> pictures_of_note_;
};

}  // namespace

std::unique_ptr<TagWriter> make_keyword_writer(const KeywordOptions& options, const std::string& model, bool by_user) {
  return std::make_unique<KeywordWriter>(options, model, by_user);
}

int undo_keywords(const PredictOptions& options) {
  Interrupt interrupt;
  Progress progress(stderr_progress(options.quiet));
  int64_t changed = 0, pictures = 0, problems = 0;
  const auto report = [&](const std::string& problem) {
    if (problem.empty()) return;
    ++problems;
    progress.warn(problem);
  };
  FoundPictures found(options, report, {});
  const KeywordRequest request{.undo = true};
  FolderSweep folders;
  progress.start({.name = "undo", .pictures = found.expected()});
  std::string picture;
  for (Next next; (next = found.next(picture, -1)) != Next::kEnd;) {
    if (Interrupt::signal() != 0) return exit_code_of_signal(Interrupt::signal());
    if (next != Next::kPicture) continue;
    bool is_changed = false;
    folders.sweep_folder_of(picture);
    report(problem_of([&] { is_changed |= write_sidecar(picture, SidecarName::kPictureXmp, request); }));
    report(problem_of([&] {
      if (!embedded_keywords(picture).record.is_empty())
        is_changed |= embed_keywords(picture, request, options.keywords.backup).changed;
    }));
    changed += is_changed;
    ++pictures;
    progress.advance(1);
  }
  progress.stop();
  progress.say(format("removed the keywords of {} of {} pictures", changed, pictures));
  return problems == 0 ? kExitDone : kExitData;
}

}  // namespace tagloom
