#pragma once
// How far two numbers may lie apart: |actual - expected| <= absolute + relative * |expected|.
namespace tagloom::test {

struct Tolerance {
  double absolute = 1e-6;
  double relative = 1e-5;
};

inline constexpr Tolerance kExact{0, 0};

}  // namespace tagloom::test
