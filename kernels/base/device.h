#pragma once
// Devices and their memory: the few calls the engine needs beside the ops.
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
std::string cuda_library_files();  // a line for each library: its file, or where it was looked for
Queue make_cuda_queue(int device, size_t workspace_bytes);

// How a GPU runs lstm_decode (decode/lstm_decode_forms.h). A shape that the form asked for cannot take goes to the next one.
enum class DecodeForm { kFastest, kCluster, kGrid, kSteps };

// What the libraries behind a CUDA queue may do from now on. A CPU queue rounds as fp32 and repeats its bits whatever they say.
struct QueueRules {
  bool tf32 = false;          // float products of gemm and conv2d may run as TF32 on the tensor cores
  bool deterministic = true;  // the same bits each time; false offers cuDNN's other engines to conv2d as well
  // conv2d and gemm time the engines of cuDNN and the algorithms of cuBLASLt on first use of a shape and keep the fastest: which
  // one may differ from run to run.
  bool benchmark = false;
  double compile_seconds = 60;   // what the process may spend on compiling engines that are only there to be timed
  std::string plan_folder = {};  // where the choice is kept for the next run (base/plan_file.h); empty: nowhere
  bool graphs = true;            // a training step may be recorded and repeated (recording.h)
  size_t workspace_bytes = 0;    // scratch memory of the queue, the most that an engine gets; 0 leaves it as it is
  DecodeForm decode_form = DecodeForm::kFastest;
};
// Call this before any work is recorded: recordings keep the address of the old workspace.
void set_rules(Queue& q, const QueueRules& rules);
QueueRules rules_of(Queue& q);

// Device memory. On the CPU: 64-byte aligned host memory. Throws Error(kDevice) naming the size where there is none left.
void* allocate(Queue& q, size_t bytes);
void release(Queue& q, void* pointer) noexcept;

// Host memory that a GPU copies from and to while the host goes on (page-locked). On the CPU: as allocate() and release().
void* allocate_host(Queue& q, size_t bytes);
void release_host(Queue& q, void* pointer) noexcept;

enum class CopyKind { kHostToDevice, kDeviceToHost, kSameDevice };
void copy_bytes(Queue& q, CopyKind kind, const void* from, void* to, size_t bytes);  // in the queue's order
void zero_bytes(Queue& q, void* pointer, size_t bytes);
void synchronize(Queue& q);

}  // namespace tagloom::kernels
