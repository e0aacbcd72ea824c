#pragma once
// Answers requests: tags for pictures, health, metrics, and a page for dropping pictures.
#include <memory>
#include <string>

#include "models/trained_run.h"
#include "tools/serve/batcher.h"
#include "tools/serve/decode_pool.h"
#include "tools/serve/http_server.h"
#include "tools/serve/request_log.h"
#include "tools/serve/request_rules.h"
#include "tools/serve/server_metrics.h"

namespace tagloom {

class TagService : public HttpHandler {
 public:
  // The run, batcher, server and log must outlive the service. `rule` selects the tags for requests without a query. `log` may be null.
  TagService(const TrainedRun& run, const SelectionRule& rule, const RequestRules& rules, int64_t decoders, Batcher& batcher,
             const HttpServer& server, RequestLog* log);

  std::optional<HttpResponse> refuse(const HttpHead& head) override { return refusal(rules_, head); }
  void answer(HttpRequest request, Reply reply) override;
  void served(const ServedRequest& request) override;
  void refused_connection() override { metrics_.add_refused_connection(); }

  ServerMetrics& metrics() { return metrics_; }

 private:
  struct Tagging;

  void tag(HttpRequest request, Reply reply);
  void open_form(const std::shared_ptr<Tagging>& tagging);
  void decode(const std::shared_ptr<Tagging>& tagging, size_t index);
  void respond(const Tagging& tagging) const;
  HttpResponse response_of(const Tagging& tagging) const;

  const TrainedRun& run_;
  const std::string model_;  // the run's name in responses
  const SelectionRule rule_;
  const RequestRules rules_;
  Batcher& batcher_;
  const HttpServer& server_;
  RequestLog* const log_;
  ServerMetrics metrics_;
  DecodePool pool_;
};

}  // namespace tagloom
