// Warnings and conventions about what a dataset leaves out.
#include "tools/output/left_out.h"

#include "kernels/base/format.h"
#include "kernels/base/warning.h"

namespace tagloom {
namespace {

void warn_of(const DatasetReport& report, const std::string& manifest) {
  for (const LeftOut& one : left_out(report)) {
    if (one.is_loss) kernels::warn(format("{}: {}", manifest, one.sentence));
  }
}

}  // namespace

void warn_of_losses(const Dataset& dataset) { warn_of(dataset.report(), dataset.manifest().string()); }

void warn_of_unreadable(const Dataset& dataset, const std::vector<int64_t>& read) {
  const DatasetReport report = dataset.report_after_reading(read);
  warn_of({.rows = report.rows, .unreadable_files = report.unreadable_files}, dataset.manifest().string());
}

std::string untagged_words(Untagged untagged) {
  return untagged == Untagged::kScore
             ? "pictures without any tag are scored, as are those whose tags are all outside the vocabulary"
             : "pictures without any tag are left out; those whose tags are all outside the vocabulary are scored";
}

}  // namespace tagloom
