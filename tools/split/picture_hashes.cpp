#include "tools/split/picture_hashes.h"

#include <map>
#include <mutex>

#include "engine/core/counted.h"
#include "engine/io/hash.h"
#include "kernels/base/error.h"
#include "tools/setup/parallel_rows.h"

namespace tagloom {

std::vector<uint64_t> hash_pictures(const Manifest& manifest, int64_t threads, Progress& progress) {
  const auto rows = static_cast<int64_t>(manifest.rows.size());
  std::vector<uint64_t> hashes(manifest.rows.size());
  std::map<int64_t, std::string> problems;
  std::mutex mutex;
  progress.start({.name = "read", .pictures = rows});
  for_each_row(rows, threads, progress, [&](int64_t i) {
    try {
      hashes[static_cast<size_t>(i)] =
          hash_file((manifest.file.parent_path() / manifest.rows[static_cast<size_t>(i)].path).string());
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      problems.emplace(i, error.what());
    }
  });
  progress.stop();
  if (problems.empty()) return hashes;
  const auto& [row, problem] = *problems.begin();
  fail(ErrorKind::kData, "{}:{}: {}{}", manifest.file.string(), manifest.rows[static_cast<size_t>(row)].line, problem,
       problems.size() == 1 ? ""
                            : format(" ({} too: tagdata inspect lists them)",
                                     counted(static_cast<int64_t>(problems.size()) - 1, "other row fails", "other rows fail")));
}

}  // namespace tagloom
