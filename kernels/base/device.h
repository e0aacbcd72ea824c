#pragma once
// Devices and their memory: the calls that the engine needs in addition to the ops.
#include <cstddef>
#include <string>

#include "kernels/base/queue.h"

namespace tagloom::kernels {

struct CudaDeviceInfo {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  size_t total_bytes = 0;
};

int cuda_device_count();  // 0 without a driver, without a GPU or without CUDA built in
CudaDeviceInfo cuda_device_info(int device);
std::string cuda_versions();       // "driver 13.0, runtime 13.0, cuDNN 9.19.0, cuBLASLt 13.1"
std::string cuda_library_files();  // one line per library: its file, or why it was not found
Queue make_cuda_queue(int device, size_t workspace_bytes);

// How a GPU runs lstm_decode (decode/lstm_decode_forms.h). A shape that does not fit the requested form uses the next one.
enum class DecodeForm { kFastest, kCluster, kGrid, kSteps };

// What the libraries behind a CUDA queue may do. A CPU queue ignores them: it is always deterministic and never uses TF32.
struct QueueRules {
  bool tf32 = false;          // float products of gemm and conv2d may run as TF32 on the tensor cores
  bool deterministic = true;  // the same bits each time; false also admits cuDNN's nondeterministic engines
  // conv2d and gemm time cuDNN's engines and cuBLASLt's algorithms on first use of a shape and keep the fastest. The choice may
  // differ from run to run.
  bool benchmark = false;
  double compile_seconds = 60;   // time limit per process for compiling engines in order to time them
  std::string plan_folder = {};  // stores the choices for the next run (base/plan_file.h); empty: they are not stored
  bool graphs = true;            // a training step may be recorded and replayed (recording.h)
  size_t workspace_bytes = 0;    // scratch memory of the queue, the upper limit for an engine; 0 leaves it unchanged
  DecodeForm decode_form = DecodeForm::kFastest;
};
// Call this before recording any work: recordings keep the address of the workspace.
void set_rules(Queue& q, const QueueRules& rules);
QueueRules rules_of(Queue& q);

// Device memory. On the CPU: 64-byte aligned host memory. Throws OutOfMemory with the size if none is left.
void* allocate(Queue& q, size_t bytes);
void release(Queue& q, void* pointer) noexcept;

// Page-locked host memory, for asynchronous copies. On the CPU: the same as allocate() and release().
void* allocate_host(Queue& q, size_t bytes);
void release_host(Queue& q, void* pointer) noexcept;

enum class CopyKind { kHostToDevice, kDeviceToHost, kSameDevice };
void copy_bytes(Queue& q, CopyKind kind, const void* from, void* to, size_t bytes);  // in the queue's order
void zero_bytes(Queue& q, void* pointer, size_t bytes);
void synchronize(Queue& q);

}  // namespace tagloom::kernels
