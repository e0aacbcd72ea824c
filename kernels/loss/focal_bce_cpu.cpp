#include "kernels/loss/focal_bce.h"

#ifdef __AVX__
#include <immintrin.h>
#endif

namespace tagloom::kernels::cpu {
namespace {

// The C library's log1p is SSE code: after vector code that left the registers' upper halves in use, each of its instructions waits.
void end_vector_code() {
#ifdef __AVX__
  _mm256_zeroupper();
#endif
}

}  // namespace

void focal_bce(Queue&, const FocalBceShape& shape, const Real* logits, const uint8_t* labels, Real scale, Real* loss,
               Real* dlogits) {
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    end_vector_code();
    Real sum = 0;
    for (int64_t i = n * shape.v; i < (n + 1) * shape.v; ++i) {
      const FocalBceTerm term = focal_bce_term(shape, logits[i], labels[i] != 0);
      sum += term.loss;
      if (dlogits) dlogits[i] = scale * term.gradient;
    }
    loss[n] = scale * sum;
  }
}

}  // namespace tagloom::kernels::cpu
