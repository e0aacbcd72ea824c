// Emulates the parts of cuDNN's backend API that kernels/cuda_libraries uses. Descriptors store their attributes, the heuristics
// offer one engine, and executing its plan reads the operation graph and calls the CPU twin of conv2d. The plan's workspace is
// overwritten before and after.
#include <cudnn.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "kernels/base/device_twins.h"
#include "kernels/cnn/conv2d.h"
#include "kernels/cuda_libraries/libraries.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::kernels {
namespace {

constexpr int64_t kPlanBytes = 1000;  // of workspace

struct Descriptor;
struct Attribute {
  std::vector<char> bytes;
  std::vector<std::shared_ptr<const Descriptor>> parts;  // instead of bytes
};

struct Descriptor {
  cudnnBackendDescriptorType_t type;
  std::map<int, Attribute> attributes = {};
  bool is_final = false;

  const std::vector<char>& bytes(cudnnBackendAttributeName_t name) const {
    const auto found = attributes.find(name);
    TL_CHECK(found != attributes.end(), "[cudnn] descriptor {} has no attribute {}", int(type), int(name));
    return found->second.bytes;
  }
  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name) const {
    std::vector<T> all(bytes(name).size() / sizeof(T));
    std::memcpy(all.data(), bytes(name).data(), all.size() * sizeof(T));
    return all;
  }
  template <class T>
  T value(cudnnBackendAttributeName_t name) const {
    TL_CHECK(bytes(name).size() == sizeof(T), "[cudnn] attribute {} of descriptor {} is not one value", int(name), int(type));
    T one;
    std::memcpy(&one, bytes(name).data(), sizeof(T));
    return one;
  }
  const std::vector<std::shared_ptr<const Descriptor>>& parts(cudnnBackendAttributeName_t name) const {
    return attributes.at(name).parts;
  }
  const Descriptor& part(cudnnBackendAttributeName_t name) const { return *parts(name).at(0); }
};

struct Handle {
  cudaStream_t stream = nullptr;
};

std::map<void*, std::shared_ptr<Descriptor>> descriptors;
Descriptor& at(cudnnBackendDescriptor_t raw) { return *descriptors.at(raw); }

std::shared_ptr<Descriptor> make(cudnnBackendDescriptorType_t type) { return std::make_shared<Descriptor>(Descriptor{type}); }

// A tensor of the graph and its address.
struct Place {
  const Descriptor* tensor;
  void* pointer;

  std::vector<int64_t> extents() const { return tensor->values<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS); }  // N C H W
  bool is_bf16() const { return tensor->value<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE) == CUDNN_DATA_BFLOAT16; }
  void check() const {
    const std::vector<int64_t> d = extents(), s = tensor->values<int64_t>(CUDNN_ATTR_TENSOR_STRIDES);
    TL_CHECK((s == std::vector{d[1] * d[2] * d[3], int64_t{1}, d[3] * d[1], d[1]}), "[cudnn] a tensor is not channels-last");
    TL_CHECK(pointer != nullptr && reinterpret_cast<uintptr_t>(pointer) % 16 == 0, "[cudnn] a tensor is not aligned");
  }
};

// One convolution with its optional fused operations.
struct Work {
  Conv2dShape shape{};
  cudnnBackendDescriptorType_t pass{};
  bool add = false, relu = false, bf16 = false;
  void *x = nullptr, *filter = nullptr, *y = nullptr, *bias = nullptr, *residual = nullptr;
};

int64_t id_of(const Descriptor& tensor) { return tensor.value<int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID); }

class Reader {
 public:
  Reader(const Descriptor& graph, std::map<int64_t, void*> bound) : bound_(std::move(bound)) {
    for (const auto& operation : graph.parts(CUDNN_ATTR_OPERATIONGRAPH_OPS)) read(*operation);
    TL_CHECK(!is_virtual_, "[cudnn] the graph's result is virtual");
    TL_CHECK(bound_.empty(), "[cudnn] a bound tensor is not part of the graph");
  }
  Work work;

 private:
  void* bind(const Descriptor& tensor) {
    const auto found = bound_.find(id_of(tensor));
    TL_CHECK(found != bound_.end(), "[cudnn] tensor {} of the graph is not bound", id_of(tensor));
    const Place place{&tensor, found->second};
    place.check();
    TL_CHECK(place.is_bf16() == work.bf16, "[cudnn] the graph's tensors differ in type");
    bound_.erase(found);
    return place.pointer;
  }

  // The result so far: a virtual tensor, or the graph's output.
  void result(const Descriptor& tensor) {
    last_ = id_of(tensor);
    is_virtual_ = tensor.value<bool>(CUDNN_ATTR_TENSOR_IS_VIRTUAL);
    if (!is_virtual_) work.y = bind(tensor);
  }

  void read(const Descriptor& operation) {
    work.pass = operation.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR ? work.pass : operation.type;
    switch (operation.type) {
      case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
        convolution(operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC),
                    operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X),
                    operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W),
                    operation.value<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA));
        return result(operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y));
      case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
        convolution(operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC),
                    operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX),
                    operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W),
                    operation.value<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA));
        return result(operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY));
      case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
        convolution(operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC),
                    operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X),
                    operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW),
                    operation.value<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA));
        return result(operation.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY));
      case CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR:
        return pointwise(operation);
      default:
        fail(ErrorKind::kInternal, "[cudnn] operation {} is not emulated", int(operation.type));
    }
  }

  void convolution(const Descriptor& geometry, const Descriptor& x, const Descriptor& filter, float beta) {
    const auto both = [&](cudnnBackendAttributeName_t name) {
      const std::vector<int64_t> values = geometry.values<int64_t>(name);
      TL_CHECK(values.at(0) == values.at(1), "[cudnn] strides, paddings and dilations must be equal for height and width");
      return values[0];
    };
    const std::vector<int64_t> n = Place{&x, nullptr}.extents(), k = Place{&filter, nullptr}.extents();
    TL_CHECK(work.filter == nullptr && n[1] % k[1] == 0, "[cudnn] the graph has two convolutions, or the channels do not fit");
    work.shape = {n[0],
                  n[2],
                  n[3],
                  n[1],
                  k[0],
                  k[2],
                  k[3],
                  both(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES),
                  both(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS),
                  both(CUDNN_ATTR_CONVOLUTION_DILATIONS),
                  n[1] / k[1]};  // groups
    work.shape.check();
    work.bf16 = Place{&x, nullptr}.is_bf16();
    work.add = beta == 1.0f;
    work.x = bind(x);
    work.filter = bind(filter);
  }

  // Accepts what cuDNN's precompiled engines do: a residual, a bias, a ReLU, in this order.
  void pointwise(const Descriptor& operation) {
    const auto mode =
        operation.part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR).value<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE);
    TL_CHECK(is_virtual_ && !work.relu && id_of(operation.part(CUDNN_ATTR_OPERATION_POINTWISE_XDESC)) == last_,
             "[cudnn] a pointwise operation does not take the previous result");
    if (mode == CUDNN_POINTWISE_RELU_FWD) {
      work.relu = true;
    } else {
      TL_CHECK(mode == CUDNN_POINTWISE_ADD, "[cudnn] pointwise mode {} is not emulated", int(mode));
      const Descriptor& other = operation.part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC);
      const Conv2dShape& s = work.shape;
      const std::vector<int64_t> bias{1, s.k, 1, 1}, residual{s.n, s.k, s.p(), s.q()}, extents = Place{&other, nullptr}.extents();
      TL_CHECK(extents == residual || extents == bias, "[cudnn] an addend has another shape");
      void*& term = extents == residual && work.residual == nullptr ? work.residual : work.bias;  // equal if both have one value
      TL_CHECK(term == nullptr && work.bias == nullptr, "[cudnn] this order of additions is not emulated");
      term = bind(other);
    }
    result(operation.part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC));
  }

  std::map<int64_t, void*> bound_;
  int64_t last_ = 0;
  bool is_virtual_ = false;
};

void write_filter(Queue& q, const Work& w, Into into, const float* x, const float* dy, float* dfilter) {
  TL_ON_CPU(conv2d_backward_filter(q, w.shape, x, dy, dfilter, into));
}

// Rounds once, as cuDNN does, and cannot add.
void write_filter(Queue& q, const Work& w, Into into, const Bf16* x, const Bf16* dy, Bf16* dfilter) {
  TL_CHECK(into == Into::kOverwrite, "[cudnn] cannot add to a bfloat16 gradient");
  std::vector<float> sums(w.shape.k * w.shape.r * w.shape.s * w.shape.filter_c());
  TL_ON_CPU(conv2d_backward_filter(q, w.shape, x, dy, sums.data(), into));
  std::transform(sums.begin(), sums.end(), dfilter, [](float sum) { return Bf16(sum); });
}

template <class T>
void run(const Work& w) {
  Queue cpu;
  const Into into = w.add ? Into::kAdd : Into::kOverwrite;
  T *const x = static_cast<T*>(w.x), *const filter = static_cast<T*>(w.filter), *const y = static_cast<T*>(w.y);
  if (w.pass == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR) {
    TL_ON_CPU(conv2d_forward(cpu, w.shape, x, filter, static_cast<T*>(w.bias), static_cast<T*>(w.residual),
                             w.relu ? Activation::kRelu : Activation::kNone, y));
  } else if (w.pass == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR) {
    TL_ON_CPU(conv2d_backward_data(cpu, w.shape, filter, y, x, into));
  } else {
    write_filter(cpu, w, into, x, y, filter);
  }
}

// The library's functions.

cudnnStatus_t create(cudnnHandle_t* handle) {
  *handle = reinterpret_cast<cudnnHandle_t>(new Handle);  // never destroyed: one per queue
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t destroy(cudnnHandle_t) { return CUDNN_STATUS_SUCCESS; }
cudnnStatus_t set_stream(cudnnHandle_t handle, cudaStream_t stream) {
  reinterpret_cast<Handle*>(handle)->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}
const char* error_string(cudnnStatus_t) { return "rejected by the emulation"; }
void last_error(char* text, size_t size) { std::strncpy(text, "rejected by the emulation", size); }

cudnnStatus_t create_descriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* raw) {
  const auto made = make(type);
  descriptors[made.get()] = made;
  *raw = made.get();
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t destroy_descriptor(cudnnBackendDescriptor_t raw) {
  descriptors.erase(raw);
  return CUDNN_STATUS_SUCCESS;
}

size_t bytes_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_BOOLEAN:
      return sizeof(bool);
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_DOUBLE:
      return 8;
    case CUDNN_TYPE_CHAR:
      return 1;
    default:  // float, int32 and enumerations
      return 4;
  }
}

cudnnStatus_t set_attribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                            int64_t count, const void* values) {
  if (at(raw).is_final) return CUDNN_STATUS_BAD_PARAM;
  Attribute& attribute = at(raw).attributes[name];
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    for (int64_t i = 0; i < count; ++i) {
      const auto& part = descriptors.at(static_cast<const cudnnBackendDescriptor_t*>(values)[i]);
      if (!part->is_final) return CUDNN_STATUS_BAD_PARAM;
      attribute.parts.push_back(part);
    }
  } else {
    const char* const first = static_cast<const char*>(values);
    attribute.bytes.assign(first, first + count * bytes_of(type));
  }
  return CUDNN_STATUS_SUCCESS;
}

// The first heuristic offers one engine per graph: number 0, without knobs or notes.
cudnnStatus_t finalize(cudnnBackendDescriptor_t raw) {
  Descriptor& d = at(raw);
  if (d.type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) {
    if (d.value<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE) != CUDNN_HEUR_MODE_A) return CUDNN_STATUS_NOT_SUPPORTED;
    const auto engine = make(CUDNN_BACKEND_ENGINE_DESCRIPTOR), configuration = make(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    engine->attributes[CUDNN_ATTR_ENGINE_OPERATION_GRAPH].parts = d.parts(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
    engine->attributes[CUDNN_ATTR_ENGINE_GLOBAL_INDEX].bytes.assign(sizeof(int64_t), 0);
    configuration->attributes[CUDNN_ATTR_ENGINECFG_ENGINE].parts = {engine};
    engine->is_final = configuration->is_final = true;
    d.attributes[CUDNN_ATTR_ENGINEHEUR_RESULTS].parts = {configuration};
  } else if (d.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
    std::vector<char>& size = d.attributes[CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE].bytes;
    size.resize(sizeof kPlanBytes);
    std::memcpy(size.data(), &kPlanBytes, sizeof kPlanBytes);
  }
  d.is_final = true;
  return CUDNN_STATUS_SUCCESS;
}

// An attribute that was never set has no values. Descriptors are copied into the caller's.
cudnnStatus_t get_attribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                            int64_t most, int64_t* count, void* values) {
  const auto found = at(raw).attributes.find(name);
  int64_t there = 0;
  if (found != at(raw).attributes.end() && type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    const auto& parts = found->second.parts;
    there = static_cast<int64_t>(parts.size());
    for (int64_t i = 0; i < std::min(there, most); ++i) at(static_cast<cudnnBackendDescriptor_t*>(values)[i]) = *parts[i];
  } else if (found != at(raw).attributes.end()) {
    const std::vector<char>& bytes = found->second.bytes;
    there = static_cast<int64_t>(bytes.size() / bytes_of(type));
    if (values != nullptr) std::memcpy(values, bytes.data(), std::min(there, most) * bytes_of(type));
  }
  if (count != nullptr) *count = most == 0 ? there : std::min(there, most);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t execute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
  const auto ids = at(pack).values<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = at(pack).values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  TL_CHECK(ids.size() == pointers.size(), "[cudnn] {} tensor ids, but {} pointers", ids.size(), pointers.size());
  std::map<int64_t, void*> bound;
  for (size_t i = 0; i < ids.size(); ++i) bound[ids[i]] = pointers[i];
  const Descriptor& engine = at(plan).part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG).part(CUDNN_ATTR_ENGINECFG_ENGINE);
  const Work work = Reader(engine.part(CUDNN_ATTR_ENGINE_OPERATION_GRAPH), std::move(bound)).work;
  void* const scratch = at(pack).value<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
  emulated::do_or_keep(reinterpret_cast<Handle*>(handle)->stream, [work, scratch] {
    std::memset(scratch, 0xff, kPlanBytes);
    work.bf16 ? run<Bf16>(work) : run<float>(work);
    std::memset(scratch, 0xff, kPlanBytes);
  });
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

void* cudnn_symbol(const char* name) {
  static const std::map<std::string, void*> functions{
      {"cudnnCreate", reinterpret_cast<void*>(create)},
      {"cudnnDestroy", reinterpret_cast<void*>(destroy)},
      {"cudnnSetStream", reinterpret_cast<void*>(set_stream)},
      {"cudnnGetErrorString", reinterpret_cast<void*>(error_string)},
      {"cudnnGetLastErrorString", reinterpret_cast<void*>(last_error)},
      {"cudnnBackendCreateDescriptor", reinterpret_cast<void*>(create_descriptor)},
      {"cudnnBackendDestroyDescriptor", reinterpret_cast<void*>(destroy_descriptor)},
      {"cudnnBackendSetAttribute", reinterpret_cast<void*>(set_attribute)},
      {"cudnnBackendGetAttribute", reinterpret_cast<void*>(get_attribute)},
      {"cudnnBackendFinalize", reinterpret_cast<void*>(finalize)},
      {"cudnnBackendExecute", reinterpret_cast<void*>(execute)},
  };
  const auto found = functions.find(name);
  TL_CHECK_AS(ErrorKind::kInternal, found != functions.end(), "{} is not emulated", name);
  return found->second;
}

void* cublaslt_symbol(const char* name) { fail(ErrorKind::kInternal, "{} is not emulated", name); }
std::string library_versions() { return "emulated"; }
std::string cuda::library_files() { return ""; }
void destroy_library_handles(CudaContext&) noexcept {}

}  // namespace tagloom::kernels
