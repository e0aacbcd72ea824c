// tagserve: tags pictures that it receives over HTTP. This thread runs the model; another one handles HTTP.
#include <unistd.h>

#include <iostream>

#include "engine/core/interrupt.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/commands/commands.h"
#include "tools/serve/batch_tagger.h"
#include "tools/serve/serve_options.h"
#include "tools/serve/tag_service.h"
#include "tools/setup/open_run.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

void print_url(const std::string& url) {
  std::cout << (is_terminal(STDOUT_FILENO) ? "Serving on " + url + " until Ctrl-C" : "url=" + url) << std::endl;
}

int64_t decoders(const Settings& settings) {
  return settings.data.workers > 0 ? settings.data.workers : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

int serve_command(const std::vector<std::string>& arguments) {
  ServeOptions options;
  if (!options.parse(arguments)) return kExitDone;
  if (options.changes.show) return show_config(options.run, options.changes);
  Interrupt interrupt;
  const RequestRules rules = options.rules();
  HttpServer server(options.server());  // fails early if the port is in use
  TrainedRun run = open_run(options.run, options.checkpoint, options.changes);
  SelectionRule rule = selection_rule(run);
  if (options.top_k || options.threshold) rule = {.top_k = options.top_k, .threshold = options.threshold};
  const int64_t batch = options.batch.value_or(std::min(evaluation_batch(run.settings), options.queue));
  BatchTagger tagger(run, batch);

  Batcher batcher({.batch = batch, .wait = std::chrono::milliseconds(options.batch_wait), .room = options.queue});
  std::optional<RequestLog> log;
  if (!options.quiet) log.emplace(STDERR_FILENO);
  TagService service(run, rule, rules, decoders(run.settings), batcher, server, log ? &*log : nullptr);
  batcher.on_batch = [&](int64_t pictures) { service.metrics().add_batch(pictures); };
  const struct StopFirst {  // also after an exception, and before the objects that the server uses are destroyed
    HttpServer& server;
    ~StopFirst() { server.stop(); }
  } stop_first{server};
  server.start(
      service, [] { return Interrupt::signal() != 0; }, [&] { batcher.close(); });
  if (!server.is_local() && rules.token.empty()) {
    Progress(stderr_progress(options.quiet))
        .warn(format("{} is open to the network without a token: anyone can send pictures; give one with --token-file",
                     server.url()));
  }
  print_url(server.url());
  batcher.run([&](std::span<const WaitingPicture> pictures) { return tagger.tag(pictures); });
  return exit_code_of_signal(Interrupt::signal());
}

}  // namespace tagloom
