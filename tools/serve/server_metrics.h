#pragma once
// Counts requests, pictures, batches and connections for GET /metrics.
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tagloom {

// A histogram as Prometheus defines it: the number of values up to each bound.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void add(double value);
  std::string text(const std::string& name) const;  // in Prometheus' text format

 private:
  std::vector<double> bounds_;
  std::vector<int64_t> counts_;  // [bounds + 1], not cumulative
  double sum_ = 0;
};

// May be used from any thread.
class ServerMetrics {
 public:
  void add_request(int status, double seconds);
  void add_batch(int64_t pictures);
  void add_refused_connection();

  // Returns all metrics in Prometheus' text format. The caller passes the gauges.
  std::string text(int64_t connections, int64_t pictures_waiting) const;

 private:
  mutable std::mutex mutex_;
  std::map<int, int64_t> requests_;  // by status
  int64_t pictures_ = 0, refused_connections_ = 0;
  Histogram batches_{{1, 2, 4, 8, 16, 32, 64, 128, 256}};
  Histogram seconds_{{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}};
};

}  // namespace tagloom
