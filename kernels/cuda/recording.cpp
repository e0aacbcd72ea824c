// CUDA graphs, captured from the queue's stream.
#include "kernels/base/recording.h"

#include "kernels/base/device_twins.h"
#include "kernels/cuda/context.h"

namespace tagloom::kernels::cuda {
namespace {

class Graph : public Recording {
 public:
  // `recorded` may be destroyed after construction.
  explicit Graph(cudaGraph_t recorded) { TL_CUDA(cudaGraphInstantiateWithFlags(&graph_, recorded, 0)); }
  ~Graph() override { cudaGraphExecDestroy(graph_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  void repeat(Queue& q) override { TL_CUDA(cudaGraphLaunch(graph_, q.cuda().stream)); }

 private:
  cudaGraphExec_t graph_ = nullptr;
};

struct DestroyGraph {
  void operator()(cudaGraph_t graph) const { cudaGraphDestroy(graph); }
};
using OwnedGraph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, DestroyGraph>;

// Ends the capture, even after a failure.
OwnedGraph end_capture(cudaStream_t stream, cudaError_t& code) {
  cudaGraph_t graph = nullptr;
  code = cudaStreamEndCapture(stream, &graph);
  return OwnedGraph(graph);
}

}  // namespace

bool can_record(Queue& q) { return q.cuda().rules.graphs && !synchronous_launches(); }

bool is_recording(Queue& q) {
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  TL_CUDA(cudaStreamIsCapturing(q.cuda().stream, &capture));
  return capture != cudaStreamCaptureStatusNone;
}

std::unique_ptr<Recording> record(Queue& q, const std::function<void()>& work) {
  const cudaStream_t stream = q.cuda().stream;
  cudaError_t code = cudaSuccess;
  TL_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));  // the loader's threads keep running
  try {
    work();
  } catch (...) {
    end_capture(stream, code);
    cudaGetLastError();
    throw;
  }
  const OwnedGraph recorded = end_capture(stream, code);
  check_cuda(code, "cudaStreamEndCapture", __FILE__, __LINE__);
  return std::make_unique<Graph>(recorded.get());
}

}  // namespace tagloom::kernels::cuda
