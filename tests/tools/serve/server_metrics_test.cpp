// Tests the metrics in the text format of Prometheus.
#include "tools/serve/server_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(ServerMetrics, CountsUpToEachBound) {
  Histogram histogram({1, 2, 4});
  for (const double value : {0.5, 1.0, 1.5, 4.0, 5.0}) histogram.add(value);
  EXPECT_EQ(histogram.text("x"),
            "x_bucket{le=\"1\"} 2\nx_bucket{le=\"2\"} 3\nx_bucket{le=\"4\"} 4\nx_bucket{le=\"+Inf\"} 5\nx_sum 12\nx_count 5\n");
}

// A monitor computes averages from the differences of two sums, which six digits would round away.
TEST(ServerMetrics, PrintsSumsExactly) {
  Histogram pictures({256}), seconds({0.005});
  for (int i = 0; i < 1000; ++i) pictures.add(12345);
  pictures.add(6);
  for (const double value : {0.1, 0.2}) seconds.add(value);
  EXPECT_THAT(pictures.text("x"), testing::HasSubstr("x_sum 12345006\n"));
  EXPECT_THAT(seconds.text("x"), testing::HasSubstr("x_bucket{le=\"0.005\"} 0\n"));
  EXPECT_THAT(seconds.text("x"), testing::HasSubstr("x_sum 0.30000000000000004\n"));
}

TEST(ServerMetrics, PrintsEachSeriesWithItsType) {
  ServerMetrics metrics;
  metrics.add_request(200, 0.02);
  metrics.add_request(200, 3);
  metrics.add_request(404, 0.001);
  metrics.add_batch(3);
  metrics.add_refused_connection();
  const std::string text = metrics.text(7, 2);
  for (const char* line : {"# TYPE tagserve_requests_total counter", "tagserve_requests_total{code=\"200\"} 2",
                           "tagserve_requests_total{code=\"404\"} 1", "# TYPE tagserve_request_seconds histogram",
                           "tagserve_request_seconds_bucket{le=\"0.005\"} 1", "tagserve_request_seconds_bucket{le=\"0.025\"} 2",
                           "tagserve_request_seconds_bucket{le=\"+Inf\"} 3", "tagserve_request_seconds_count 3",
                           "tagserve_pictures_total 3", "tagserve_batch_pictures_bucket{le=\"2\"} 0",
                           "tagserve_batch_pictures_bucket{le=\"4\"} 1", "tagserve_batch_pictures_sum 3",
                           "tagserve_pictures_waiting 2", "tagserve_connections 7", "tagserve_connections_refused_total 1"}) {
    EXPECT_THAT("\n" + text, testing::HasSubstr("\n" + std::string(line) + "\n"));
  }
}

}  // namespace
}  // namespace tagloom
