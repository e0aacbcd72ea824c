#pragma once
// The device-specific halves of device.h, event.h, recording.h and stopwatch.h.
#include "kernels/base/device.h"
#include "kernels/base/event.h"
#include "kernels/base/recording.h"
#include "kernels/base/stopwatch.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

TL_TWINS(allocate, Queue& q, size_t bytes, void** pointer)
TL_TWINS(allocate_host, Queue& q, size_t bytes, void** pointer)
TL_TWINS(copy_bytes, Queue& q, CopyKind kind, const void* from, void* to, size_t bytes)
TL_TWINS(zero_bytes, Queue& q, void* pointer, size_t bytes)

namespace cuda {
int device_count();
CudaDeviceInfo device_info(int device);
std::string versions();
std::string library_files();
Queue make_queue(int device, size_t workspace_bytes);
void release(Queue& q, void* pointer) noexcept;
void release_host(Queue& q, void* pointer) noexcept;
std::unique_ptr<Event> make_event(Queue& q);
bool can_record(Queue& q);
bool is_recording(Queue& q);
std::unique_ptr<Recording> record(Queue& q, const std::function<void()>& work);
void synchronize(Queue& q);
int64_t free_bytes(Queue& q);
void set_rules(Queue& q, const QueueRules& rules);
QueueRules rules_of(Queue& q);
std::unique_ptr<Stopwatch> make_stopwatch(Queue& q);
}  // namespace cuda

}  // namespace tagloom::kernels
