#include "tools/serve/server_metrics.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "kernels/base/format.h"

namespace tagloom {
namespace {

std::string heading(const std::string& name, const std::string& type, const std::string& about) {
  return format("# HELP {} {}\n# TYPE {} {}\n", name, about, name, type);
}

// With as many digits as the value needs to be read back exactly.
std::string exact(double value) {
  char digits[32];
  return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
}

}  // namespace

void Histogram::add(double value) {
  ++counts_[std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin()];
  sum_ += value;
}

std::string Histogram::text(const std::string& name) const {
  std::string lines;
  int64_t count = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    count += counts_[i];
    const std::string bound = i < bounds_.size() ? exact(bounds_[i]) : "+Inf";
    lines += format("{}_bucket{{le=\"{}\"}} {}\n", name, bound, count);
  }
  return lines + format("{}_sum {}\n{}_count {}\n", name, exact(sum_), name, count);
}

void ServerMetrics::add_request(int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[status];
  seconds_.add(seconds);
}

void ServerMetrics::add_batch(int64_t pictures) {
  const std::lock_guard lock(mutex_);
  pictures_ += pictures;
  batches_.add(static_cast<double>(pictures));
}

void ServerMetrics::add_refused_connection() {
  const std::lock_guard lock(mutex_);
  ++refused_connections_;
}

std::string ServerMetrics::text(int64_t connections, int64_t pictures_waiting) const {
  const std::lock_guard lock(mutex_);
  std::string text = heading("tagserve_requests_total", "counter", "Requests answered, by status.");
  for (const auto& [status, count] : requests_) text += format("tagserve_requests_total{{code=\"{}\"}} {}\n", status, count);
  text += heading("tagserve_request_seconds", "histogram", "Time from the first byte of a request to the last of its response.");
  text += seconds_.text("tagserve_request_seconds");
  text += heading("tagserve_pictures_total", "counter", "Pictures tagged.");
  text += format("tagserve_pictures_total {}\n", pictures_);
  text += heading("tagserve_batch_pictures", "histogram", "Pictures in each batch of the model.");
  text += batches_.text("tagserve_batch_pictures");
  text += heading("tagserve_pictures_waiting", "gauge", "Pictures accepted but not tagged yet.");
  text += format("tagserve_pictures_waiting {}\n", pictures_waiting);
  text += heading("tagserve_connections", "gauge", "Open connections.");
  text += format("tagserve_connections {}\n", connections);
  text += heading("tagserve_connections_refused_total", "counter", "Connections refused because too many were open.");
  text += format("tagserve_connections_refused_total {}\n", refused_connections_);
  return text;
}

}  // namespace tagloom
