#include "tools/serve/tag_service.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>

#include "engine/data/image.h"
#include "kernels/text/utf8.h"
#include "tools/output/json_path.h"
#include "tools/predict/tag_lines.h"
#include "tools/serve/multipart.h"
#include "tools/serve/page/drop_page.h"
#include "tools/serve/tag_query.h"

namespace tagloom {
namespace {

// The last component of a path.
std::string run_name(const std::string& path) {
  const std::filesystem::path whole = std::filesystem::absolute(path).lexically_normal();
  return (whole.has_filename() ? whole.filename() : whole.parent_path().filename()).string();
}

}  // namespace

// The pictures of one request. Only one thread at a time writes to an entry of `pictures`.
struct TagService::Tagging {
  struct Picture {
    std::string name;
    std::string_view content;  // a part of request.body
    TagOutcome outcome = TagOutcome::kFailed;
    std::string problem;  // why the picture cannot be read; empty if it can
    std::vector<ScoredTag> tags;
  };
  HttpRequest request;
  Reply reply;
  SelectionRule rule;
  bool form = false;
  std::vector<Picture> pictures;
  std::atomic<size_t> left{0};  // pictures without an outcome

  // Returns whether it was the last one.
  bool finish(Picture& picture, TagOutcome outcome) {
    picture.outcome = outcome;
    return --left == 0;
  }
};

TagService::TagService(const TrainedRun& run, const SelectionRule& rule, const RequestRules& rules, int64_t decoders,
                       Batcher& batcher, const HttpServer& server, RequestLog* log)
    : run_(run),
      model_(with_replacements(run_name(run.folder))),
      rule_(rule),
      rules_(rules),
      batcher_(batcher),
      server_(server),
      log_(log),
      pool_(decoders) {}

void TagService::answer(HttpRequest request, Reply reply) {
  const std::string path = request.head.path();
  if (path == "/tag") return tag(std::move(request), std::move(reply));
  if (path == "/") return reply(drop_page({.model = model_, .needs_token = !rules_.token.empty()}));
  if (path == "/metrics") {
    return reply({.body = metrics_.text(server_.connections(), batcher_.reserved()),
                  .content_type = "text/plain; version=0.0.4; charset=utf-8"});
  }
  reply({.body = nlohmann::ordered_json{{"status", "ok"}, {"model", model_}}.dump() + "\n"});
}

void TagService::tag(HttpRequest request, Reply reply) {
  const auto tagging = std::make_shared<Tagging>();
  try {
    tagging->rule = rule_of_query(request.head.query(), rule_);
  } catch (const Error& error) {
    return reply(error_response(400, error.what()));
  }
  if (!batcher_.reserve(1)) return reply(overloaded_response("the server has too many pictures to tag: try again"));
  tagging->request = std::move(request);
  tagging->reply = std::move(reply);
  tagging->form = is_media_type(tagging->request.head.content_type, "multipart/form-data");
  tagging->left = 1;
  if (tagging->form) return pool_.add([this, tagging] { open_form(tagging); });
  tagging->pictures.push_back({.name = "the picture", .content = tagging->request.body, .problem = {}, .tags = {}});
  pool_.add([this, tagging] { decode(tagging, 0); });
}

// Reserves all pictures but one, which is already reserved.
void TagService::open_form(const std::shared_ptr<Tagging>& tagging) {
  const auto refuse = [&](HttpResponse response) {
    batcher_.release(1);
    tagging->reply(std::move(response));
  };
  try {
    for (const FormFile& file : parse_form(tagging->request.head.content_type, tagging->request.body))
      tagging->pictures.push_back({.name = file.name, .content = file.content, .problem = {}, .tags = {}});
  } catch (const Error& error) {
    return refuse(error_response(400, error.what()));
  } catch (const std::bad_alloc&) {
    return refuse(overloaded_response("not enough memory to read the form: try again"));
  }
  if (!batcher_.reserve(static_cast<int64_t>(tagging->pictures.size()) - 1))
    return refuse(overloaded_response("the server has too many pictures to tag: try again, with fewer per request"));
  tagging->left = tagging->pictures.size();
  for (size_t i = 0; i < tagging->pictures.size(); ++i) pool_.add([this, tagging, i] { decode(tagging, i); });
}

void TagService::decode(const std::shared_ptr<Tagging>& tagging, size_t index) {
  Tagging::Picture& picture = tagging->pictures[index];
  const auto give_up = [&](TagOutcome outcome) {
    batcher_.release(1);
    if (tagging->finish(picture, outcome)) respond(*tagging);
  };
  const TransformOptions& transform = run_.settings.data.transform;
  WaitingPicture waiting{.pixels = {}, .rule = tagging->rule, .done = {}};
  try {
    const std::span bytes(reinterpret_cast<const uint8_t*>(picture.content.data()), picture.content.size());
    const Image image = decode_image(bytes, picture.name, least_side(transform));
    waiting.pixels.resize(static_cast<size_t>(transform.size * transform.size * 3));
    apply(transform, image, false, {}, waiting.pixels);
  } catch (const DecoderOutOfMemory&) {
    return give_up(TagOutcome::kNoMemory);
  } catch (const std::bad_alloc&) {
    return give_up(TagOutcome::kNoMemory);
  } catch (const std::exception& error) {
    picture.problem = error.what();
    return give_up(TagOutcome::kFailed);
  }
  waiting.done = [this, tagging, &picture](TagOutcome outcome, std::vector<ScoredTag> tags) {
    picture.tags = std::move(tags);
    if (tagging->finish(picture, outcome)) respond(*tagging);
  };
  batcher_.submit(std::move(waiting));
}

void TagService::respond(const Tagging& tagging) const {
  HttpResponse response{.status = 503};
  try {
    response = response_of(tagging);
  } catch (const std::bad_alloc&) {
  }
  tagging.reply(std::move(response));
}

HttpResponse TagService::response_of(const Tagging& tagging) const {
  const auto error_of = [](const Tagging::Picture& picture) {
    if (!picture.problem.empty()) return picture.problem;
    return std::string(picture.outcome == TagOutcome::kNoMemory ? "not enough memory to tag it: try again"
                                                                : "the model failed, and the server is stopping");
  };
  const auto has = [&](const auto& is) { return std::any_of(tagging.pictures.begin(), tagging.pictures.end(), is); };
  using Picture = Tagging::Picture;
  int status = 400;
  if (has([](const Picture& one) { return one.outcome == TagOutcome::kFailed && one.problem.empty(); })) status = 500;
  if (has([](const Picture& one) { return one.outcome == TagOutcome::kNoMemory; })) status = 503;
  if (has([](const Picture& one) { return one.outcome == TagOutcome::kTagged; })) status = 200;

  nlohmann::ordered_json body;
  if (status != 200) body["error"] = with_replacements(error_of(tagging.pictures.front()));
  if (status == 200) body["model"] = model_;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  HttpResponse response{.status = status};
  for (const Picture& picture : tagging.pictures) {
    nlohmann::ordered_json entry;
    const bool tagged = picture.outcome == TagOutcome::kTagged;
    response.pictures += tagged;
    if (tagging.form) add_path(entry, "name", picture.name);
    if (tagged) {
      entry["tags"] = tags_json(picture.tags);
    } else {
      entry["error"] = with_replacements(error_of(picture));
    }
    list.push_back(std::move(entry));
  }
  if (tagging.form) {
    body["pictures"] = std::move(list);
  } else {
    body.update(list.front());
  }
  response.body = body.dump() + "\n";
  if (status == 503) response.fields.emplace_back("Retry-After", "1");
  return response;
}

void TagService::served(const ServedRequest& request) {
  metrics_.add_request(request.status, request.seconds);
  if (log_ != nullptr) log_->add(request);
}

}  // namespace tagloom
