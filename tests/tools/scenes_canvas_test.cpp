// Exact area coverage and blending on the canvas.
#include "tools/scenes/draw/canvas.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tools/scenes/draw/random.h"

namespace tagloom {
namespace {

const auto kWhite = [](float, float) { return Rgb{1, 1, 1}; };

std::vector<float> mask_of(const Outline& outline, int side) {
  Canvas canvas(side);
  canvas.fill(outline, kWhite);
  return canvas.take_mask();
}

double sum(const std::vector<float>& mask) {
  double total = 0;
  for (float v : mask) total += v;
  return total;
}

TEST(ScenesCanvas, CoverageIsTheAreaInsideThePixel) {
  // From x = 0.5 to 2.25 and y = 1 to 2.75 on a grid of 4: halves, quarters and their products.
  const std::vector<float> mask = mask_of(Outline().rectangle(0.125f, 0.25f, 0.5625f, 0.6875f), 4);
  const std::vector<float> expected{0, 0, 0, 0, 0.5f, 1, 0.25f, 0, 0.375f, 0.75f, 0.1875f, 0, 0, 0, 0, 0};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(mask[i], expected[i], 1e-6) << i;
}

TEST(ScenesCanvas, AreasAreExact) {
  EXPECT_NEAR(sum(mask_of(Outline().polygon({{0.1f, 0.2f}, {0.9f, 0.35f}, {0.3f, 0.8f}}), 32)) / 1024, 0.225, 1e-4);
  const double circle = 20 * 0.3 * 0.3 * std::sin(2 * M_PI / 40);  // its polygon of 40 sides
  EXPECT_NEAR(sum(mask_of(Outline().circle({0.5f, 0.5f}, 0.3f), 50)) / 2500, circle, 1e-4);
}

TEST(ScenesCanvas, ClipsToThePicture) {
  EXPECT_NEAR(sum(mask_of(Outline().rectangle(-3, -3, 3, 3), 8)), 64, 1e-4);
  EXPECT_NEAR(sum(mask_of(Outline().polygon({{-1, 0.5f}, {0.5f, -1}, {2, 0.5f}, {0.5f, 2}}), 8)), 64, 1e-3);
  EXPECT_EQ(sum(mask_of(Outline().rectangle(1.1f, 0, 2, 1), 8)), 0);
  EXPECT_EQ(sum(mask_of(Outline().rectangle(-2, 0, -0.1f, 1), 8)), 0);
}

// Compares with counting 32 x 32 points in every pixel, for random triangles, some across the borders.
TEST(ScenesCanvas, TrianglesMatchBruteForce) {
  constexpr int kSide = 9, kFine = 32;
  SceneRandom random(3, 0, 0);
  for (int round = 0; round < 40; ++round) {
    Point p[3];
    for (Point& corner : p) corner = {random.range(-0.5f, 1.5f), random.range(-0.5f, 1.5f)};
    const std::vector<float> mask = mask_of(Outline().polygon({p[0], p[1], p[2]}), kSide);
    const auto side = [&](Point a, Point b, Point c) { return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x); };
    for (int pixel = 0; pixel < kSide * kSide; ++pixel) {
      int inside = 0;
      for (int i = 0; i < kFine * kFine; ++i) {
        const Point at{(pixel % kSide + (i % kFine + 0.5f) / kFine) / kSide,
                       (pixel / kSide + (i / kFine + 0.5f) / kFine) / kSide};
        const float a = side(p[0], p[1], at), b = side(p[1], p[2], at), c = side(p[2], p[0], at);
        inside += (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
      }
      ASSERT_NEAR(mask[pixel], static_cast<float>(inside) / (kFine * kFine), 0.02) << "round " << round << " pixel " << pixel;
    }
  }
}

TEST(ScenesCanvas, OverlappingPartsFormAUnionForAnyOrientation) {
  Outline both;
  both.polygon({{0.1f, 0.1f}, {0.6f, 0.1f}, {0.6f, 0.6f}, {0.1f, 0.6f}});
  both.polygon({{0.4f, 0.4f}, {0.4f, 0.9f}, {0.9f, 0.9f}, {0.9f, 0.4f}});  // the opposite orientation
  EXPECT_NEAR(sum(mask_of(both, 20)) / 400, 0.25 + 0.25 - 0.04, 1e-4);
  EXPECT_NEAR(sum(mask_of(both.mapped(Affine::place({0, 0}, 1, 0, true)).mapped({1, 0, 1, 0, 1, 0}), 20)) / 400, 0.46, 1e-4);
}

TEST(ScenesCanvas, BlendsByCoverageAndMasksCountedPaint) {
  Canvas canvas(2);
  canvas.fill(Outline().rectangle(0, 0, 0.25f, 1), kWhite);              // half of the left column
  canvas.fill(Outline().rectangle(0.5f, 0, 1, 1), kWhite, 0.3f, false);  // a veil over the right one
  EXPECT_NEAR(canvas.pixels()[0].g, 0.5, 1e-6);
  EXPECT_NEAR(canvas.pixels()[1].g, 0.3, 1e-6);
  const std::vector<float> mask = canvas.take_mask();
  EXPECT_NEAR(mask[0], 0.5, 1e-6);
  EXPECT_EQ(mask[1], 0);
  EXPECT_EQ(sum(canvas.take_mask()), 0);  // taken
}

}  // namespace
}  // namespace tagloom
