// Winograd's convolution over blocks of tiles; each thread processes one block at a time:
//   1. transform the block's input tiles:         v[36][tiles][C]
//   2. for 64 filters at a time, 36 products:     m[36][tiles][64] = v[36][tiles][C] u[36][C][64]
//   3. transform them back into pixels, with bias, residual and ReLU.
#include "kernels/cnn/winograd_conv2d.h"

#include <omp.h>

#include <algorithm>
#include <memory>
#include <vector>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

constexpr int64_t kVectorBytes = TL_CPU_VECTOR_BYTES;
constexpr int64_t kLanes = kVectorBytes / sizeof(Real);
typedef Real Vector __attribute__((vector_size(kVectorBytes)));
typedef Real LooseVector __attribute__((vector_size(kVectorBytes), aligned(alignof(Real)), may_alias));

constexpr int64_t kTile = 4, kWindow = kTile + 2, kPoints = kWindow * kWindow;
constexpr int64_t kRows = 6, kPanel = 2 * kLanes;  // the register block: 6 tiles x 2 vectors of filters
constexpr int64_t kChunk = 64;                     // filters per inverse transform

// Tiles per block: few enough to keep v and m in the cache, but the filter is read once per block.
constexpr int64_t most_tiles(int64_t c) { return c <= 64 ? 24 : 96; }

inline Vector load(const Real* x) { return *reinterpret_cast<const LooseVector*>(x); }
inline void store(Real* x, Vector v) { *reinterpret_cast<LooseVector*>(x) = v; }

struct Tiling {
  int64_t rows, cols, count;  // tiles along a picture's height and width, and in the batch
  explicit Tiling(const Conv2dShape& s)
      : rows((s.h + kTile - 1) / kTile), cols((s.w + kTile - 1) / kTile), count(s.n * rows * cols) {}
};

// B^T d for one column of six.
template <class T>
inline void transform_input(const T d[6], T out[6]) {
  const T sum = d[4] - 4 * d[2], difference = d[3] - 4 * d[1];
  const T a = d[4] - d[2], b = 2 * (d[3] - d[1]);
  out[0] = 4 * d[0] - 5 * d[2] + d[4];
  out[1] = sum + difference;
  out[2] = sum - difference;
  out[3] = a + b;
  out[4] = a - b;
  out[5] = 4 * d[1] - 5 * d[3] + d[5];
}

// A^T m for one column of six.
template <class T>
inline void transform_output(const T m[6], T out[4]) {
  const T s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
  out[0] = m[0] + s1 + s2;
  out[1] = d1 + 2 * d2;
  out[2] = s1 + 4 * s2;
  out[3] = d1 + 8 * d2 + m[5];
}

// G g for one column of three.
inline void transform_filter(const double g[3], double out[6]) {
  out[0] = g[0] / 4;
  out[1] = -(g[0] + g[1] + g[2]) / 6;
  out[2] = -(g[0] - g[1] + g[2]) / 6;
  out[3] = g[0] / 24 + g[1] / 12 + g[2] / 6;
  out[4] = g[0] / 24 - g[1] / 12 + g[2] / 6;
  out[5] = g[2];
}

// The prepared filter: [K / chunk][36][chunk / panel][C][panel].
int64_t chunk_size(int64_t k, int64_t first) { return std::min(kChunk, k - first); }

// Scratch memory of a thread, kept between calls; zeroed when it grows.
class Scratch {
 public:
  Real* get(int64_t count) {
    if (static_cast<int64_t>(memory_.size()) < count + kLanes) memory_.assign(count + kLanes, Real(0));
    void* start = memory_.data();
    size_t space = memory_.size() * sizeof(Real);
    return static_cast<Real*>(std::align(kVectorBytes, count * sizeof(Real), start, space));
  }

 private:
  std::vector<Real> memory_;
};

// m[rows][chunk] = v[rows][C] u[C][chunk], for 6 rows and one panel of filters. The compiler contracts the sums to FMA.
inline void multiply_block(int64_t c, const Real* v, const Real* u, int64_t m_stride, Real* m) {
  Vector sum[kRows][2] = {};
  for (int64_t i = 0; i < c; ++i) {
    const Vector u0 = load(u + i * kPanel), u1 = load(u + i * kPanel + kLanes);
#pragma GCC unroll 6
    for (int64_t r = 0; r < kRows; ++r) {
      const Real a = v[r * c + i];
      sum[r][0] += a * u0;
      sum[r][1] += a * u1;
    }
  }
  for (int64_t r = 0; r < kRows; ++r) {
    store(m + r * m_stride, sum[r][0]);
    store(m + r * m_stride + kLanes, sum[r][1]);
  }
}

// One block of tiles [first, last).
class Block {
 public:
  Block(const Conv2dShape& shape, const Tiling& tiling, int64_t first, int64_t last)
      : s_(shape), tiling_(tiling), first_(first), tiles_(last - first), rows_((tiles_ + kRows - 1) / kRows * kRows) {}

  static int64_t v_size(int64_t tiles, int64_t c) { return kPoints * (tiles + kRows) * c; }
  static int64_t m_size(int64_t tiles) { return kPoints * (tiles + kRows) * kChunk; }

  void gather(const Real* x, const Real* zeros, Real* v) const {
    for (int64_t t = 0; t < tiles_; ++t) {
      const Place place = place_of(t);
      const Real* pixel[kPoints];
      for (int64_t i = 0; i < kPoints; ++i) {
        const int64_t h = place.h + i / kWindow - 1, w = place.w + i % kWindow - 1;
        const bool inside = h >= 0 && h < s_.h && w >= 0 && w < s_.w;
        pixel[i] = inside ? x + ((place.n * s_.h + h) * s_.w + w) * s_.c : zeros;
      }
      for (int64_t c = 0; c < s_.c; c += kLanes) {
        Vector half[kPoints], column[kWindow], out[kWindow];
        for (int64_t j = 0; j < kWindow; ++j) {  // columns, then rows
          for (int64_t i = 0; i < kWindow; ++i) column[i] = load(pixel[i * kWindow + j] + c);
          transform_input(column, out);
          for (int64_t i = 0; i < kWindow; ++i) half[i * kWindow + j] = out[i];
        }
        for (int64_t i = 0; i < kWindow; ++i) {
          transform_input(half + i * kWindow, out);
          for (int64_t j = 0; j < kWindow; ++j) store(v + ((i * kWindow + j) * rows_ + t) * s_.c + c, out[j]);
        }
      }
    }
  }

  void multiply(const Real* v, const Real* u, int64_t chunk, Real* m) const {
    for (int64_t point = 0; point < kPoints; ++point) {
      for (int64_t k = 0; k < chunk; k += kPanel) {
        const Real* panel = u + (point * chunk + k) * s_.c;
        for (int64_t t = 0; t < rows_; t += kRows) {
          multiply_block(s_.c, v + (point * rows_ + t) * s_.c, panel, kChunk, m + (point * rows_ + t) * kChunk + k);
        }
      }
    }
  }

  void scatter(const Real* m, const Real* bias, const Real* residual, Activation activation, int64_t k_first, int64_t chunk,
               Real* y) const {
    for (int64_t t = 0; t < tiles_; ++t) {
      const Place place = place_of(t);
      const int64_t height = std::min(kTile, s_.h - place.h), width = std::min(kTile, s_.w - place.w);
      for (int64_t k = 0; k < chunk; k += kLanes) {
        Vector half[kTile * kWindow], column[kWindow], out[kTile];
        for (int64_t j = 0; j < kWindow; ++j) {
          for (int64_t i = 0; i < kWindow; ++i) column[i] = load(m + ((i * kWindow + j) * rows_ + t) * kChunk + k);
          transform_output(column, out);
          for (int64_t i = 0; i < kTile; ++i) half[i * kWindow + j] = out[i];
        }
        const Vector b = bias != nullptr ? load(bias + k_first + k) : Vector{};
        for (int64_t i = 0; i < height; ++i) {
          transform_output(half + i * kWindow, out);
          const int64_t at = ((place.n * s_.h + place.h + i) * s_.w + place.w) * s_.k + k_first + k;
          for (int64_t j = 0; j < width; ++j) {
            Vector value = out[j] + b;
            if (residual != nullptr) value += load(residual + at + j * s_.k);
            if (activation == Activation::kRelu) value = value > Vector{} ? value : Vector{};
            store(y + at + j * s_.k, value);
          }
        }
      }
    }
  }

 private:
  struct Place {
    int64_t n, h, w;  // picture, and the first pixel of the tile
  };
  Place place_of(int64_t t) const {
    const int64_t tile = first_ + t;
    return {tile / (tiling_.rows * tiling_.cols), tile / tiling_.cols % tiling_.rows * kTile, tile % tiling_.cols * kTile};
  }

  const Conv2dShape& s_;
  const Tiling& tiling_;
  int64_t first_, tiles_, rows_;
};

}  // namespace

bool winograd_takes(const Conv2dShape& s) {
  return s.r == 3 && s.s == 3 && s.stride == 1 && s.padding == 1 && s.dilation == 1 && s.groups == 1 && s.c >= 32 &&
         s.c % kLanes == 0 && s.k % kPanel == 0;
}

bool winograd_pays(const Conv2dShape& s) { return winograd_takes(s) && Tiling(s).count >= 4; }

int64_t winograd_filter_size(const Conv2dShape& s) { return kPoints * s.k * s.c; }

void winograd_prepare(const Conv2dShape& s, const Real* filter, Real* prepared) {
#pragma omp parallel for schedule(static)
  for (int64_t k = 0; k < s.k; ++k) {
    const int64_t k_first = k / kChunk * kChunk, chunk = chunk_size(s.k, k_first);
    Real* u = prepared + k_first * kPoints * s.c;
    for (int64_t c = 0; c < s.c; ++c) {
      double half[kWindow * 3], column[3], out[kWindow];
      for (int64_t j = 0; j < 3; ++j) {
        for (int64_t i = 0; i < 3; ++i) column[i] = filter[((k * 3 + i) * 3 + j) * s.c + c];
        transform_filter(column, out);
        for (int64_t i = 0; i < kWindow; ++i) half[i * 3 + j] = out[i];
      }
      for (int64_t i = 0; i < kWindow; ++i) {
        transform_filter(half + i * 3, out);
        for (int64_t j = 0; j < kWindow; ++j) {
          const int64_t point = i * kWindow + j, in_chunk = k - k_first, panel = in_chunk / kPanel;
          u[((point * (chunk / kPanel) + panel) * s.c + c) * kPanel + in_chunk % kPanel] = static_cast<Real>(out[j]);
        }
      }
    }
  }
}

void winograd_conv2d(const Conv2dShape& shape, const Real* x, const Real* prepared, const Real* bias, const Real* residual,
                     Activation activation, Real* y) {
  shape.check();
  TL_CHECK(winograd_takes(shape),
           "[winograd_conv2d] needs 3x3 filters with stride 1 and padding 1 over many channels, got {}x{}x{}", shape.r, shape.s,
           shape.c);
  const Tiling tiling(shape);
  const int64_t most = most_tiles(shape.c), threads = omp_get_max_threads();
  const int64_t blocks = std::max((tiling.count + most - 1) / most, std::min(threads, tiling.count / kRows));
#pragma omp parallel
  {
    static thread_local Scratch v_memory, m_memory, zero_memory;
    Real* v = v_memory.get(Block::v_size(most, shape.c));
    Real* m = m_memory.get(Block::m_size(most));
    const Real* zeros = zero_memory.get(shape.c);
#pragma omp for schedule(dynamic)
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t first = tiling.count * block / blocks, last = tiling.count * (block + 1) / blocks;
      const Block tiles(shape, tiling, first, last);
      tiles.gather(x, zeros, v);
      for (int64_t k = 0; k < shape.k; k += kChunk) {
        const int64_t chunk = chunk_size(shape.k, k);
        tiles.multiply(v, prepared + k * kPoints * shape.c, chunk, m);
        tiles.scatter(m, bias, residual, activation, k, chunk, y);
      }
    }
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END
