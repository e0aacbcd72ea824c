#include "tools/predict/writers/keyword_writer.h"

#include <algorithm>
#include <map>

#include "engine/core/interrupt.h"
#include "kernels/base/error.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/library/embedded.h"
#include "tools/library/keywords_of.h"
#include "tools/library/problem_of.h"
#include "tools/library/sidecar.h"
#include "tools/predict/found_pictures.h"
#include "tools/predict/writers/folder_sweep.h"

namespace tagloom {
namespace {

bool has_tag(const std::vector<SuggestedTag>& tags, const std::string& keyword, KeywordField field) {
  return std::ranges::any_of(
      tags, [&](const SuggestedTag& tag) { return trimmed(keyword_in(field, tag.tag, tag.parents)) == keyword; });
}

// Removes the tags that the user deleted elsewhere from the request.
void drop_rejected(KeywordRequest& request, const KeywordsByField& rejected) {
  for (const auto& [field, keywords] : rejected) {
    if (std::ranges::find(request.fields, field) == request.fields.end()) continue;
    std::erase_if(request.tags, [&](const SuggestedTag& tag) {
      return std::ranges::any_of(keywords, [&](const std::string& keyword) { return has_tag({tag}, keyword, field); });
    });
  }
}

// A picture whose metadata cannot be read has no keywords.
EmbeddedKeywords readable_keywords(const std::string& picture) {
  EmbeddedKeywords found;
  problem_of([&] { found = embedded_keywords(picture); });
  return found;
}

// Returns the embedded keywords that the user's decision removes, quoted and separated by commas.
std::string undecided_keywords(const EmbeddedKeywords& embedded, const KeywordRequest& request) {
  std::vector<std::string> seen;
  std::string list;
  for (const auto& [field, items] : embedded.items) {
    for (const XmpItem& item : items) {
      const std::string keyword = trimmed(item.text);
      const auto decides = [&](const std::vector<SuggestedTag>& tags) {
        return has_tag(tags, keyword, field) ||
               has_tag(tags, keyword, KeywordField::kLr);  // the user may mean the flat "Animals|Dog"
      };
      const bool is_old = embedded.record.has_written(field, keyword) || decides(request.unwanted);
      if (!is_old || decides(request.tags) || std::ranges::find(seen, keyword) != seen.end()) continue;
      seen.push_back(keyword);
      list += format("{}'{}'", list.empty() ? "" : ", ", keyword);
    }
  }
  return list;
}

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
    return problem_of([&] { embed_ ? embed(picture.path) : write_sidecar_of(picture.path); });
  }
  std::vector<std::string> finish() override {
    std::vector<std::string> notes;
    for (const auto& [note, pictures] : pictures_of_note_)
      notes.push_back(format("{} ({} picture{})", note, pictures, pictures == 1 ? "" : "s"));
    return notes;
  }

 private:
  void embed(const std::string& picture) {
    if (!request_.by_user) drop_rejected(request_, rejected_in_sidecars(picture, ""));
    for (const std::string& note : embed_keywords(picture, request_, backup_).notes) ++pictures_of_note_[note];
    clear_sidecars(picture, "", request_.unwanted);
  }
  void write_sidecar_of(const std::string& picture) {
    const EmbeddedKeywords embedded = readable_keywords(picture);
    if (!request_.by_user) {
      drop_rejected(request_, rejected_in(embedded.items, embedded.record));
      drop_rejected(request_, rejected_in_sidecars(picture, sidecar_to_write(picture, name_)));
    }
    write_sidecar(picture, name_, request_);
    const std::string remaining = request_.by_user ? undecided_keywords(embedded, request_) : "";
    TL_CHECK_AS(ErrorKind::kData, remaining.empty(),
                "{}: the file itself still contains {}, which your decision removes: apply it with --embed too", picture,
                remaining);
    if (!embedded.record.written.empty())
      ++pictures_of_note_["keywords that an earlier run embedded remain: replace them with --embed, or remove them with --undo"];
  }

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
      if (embedded_keywords(picture).can_be_undone)
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
