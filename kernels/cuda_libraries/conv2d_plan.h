#pragma once
// Builds conv2d's plans and defines the tensor ids. Host code of CUDA builds only.
#include "kernels/cuda_libraries/conv2d_graph.h"
#include "kernels/cuda_libraries/cudnn_graph.h"

namespace tagloom::kernels {

inline constexpr int64_t kConvX = 1, kConvFilter = 2, kConvY = 3, kConvBias = 4, kConvResidual = 5, kConvSums = 6,
                         kConvSquares = 7, kConvFirstVirtual = 10;

cudnn::Problem conv2d_problem(const Conv2dGraph& graph, size_t workspace_bytes);

}  // namespace tagloom::kernels
