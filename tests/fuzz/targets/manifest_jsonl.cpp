// A JSON Lines manifest.
#include <nlohmann/json.hpp>

#include "engine/report/html_text.h"
#include "kernels/text/utf8.h"
#include "tests/fuzz/manifest_rows.h"

namespace tagloom::fuzz {

void manifest_jsonl(Input input) {
  read_and_write_manifest(input, read_manifest_jsonl, "\n", [](const auto& path, const auto& tags) {
    nlohmann::json row{{"path", with_replacements(path)}, {"tags", tags}};
    if (row["path"] != path) row["path_bytes"] = base64({path.begin(), path.end()});
    return row.dump(-1, ' ', true) + "\n";
  });
}

}  // namespace tagloom::fuzz
