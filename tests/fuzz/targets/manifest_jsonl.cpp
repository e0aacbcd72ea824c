// A JSON Lines manifest.
#include <nlohmann/json.hpp>

#include "tests/fuzz/manifest_rows.h"

namespace tagloom::fuzz {

void manifest_jsonl(Input input) {
  read_and_write_manifest(input, read_manifest_jsonl, "\n", [](const auto& path, const auto& tags) {
    return nlohmann::json{{"path", path}, {"tags", tags}}.dump() + "\n";
  });
}

}  // namespace tagloom::fuzz
