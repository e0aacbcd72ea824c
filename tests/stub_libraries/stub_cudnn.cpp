// A stub of libcudnn.so.9: the backend API as lists of attributes, and convolutions as plain loops in double, on host memory.
#include <cudnn.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "kernels/base/bfloat16.h"
#include "tests/stub_libraries/alive.h"
#include "tests/stub_libraries/stubs.h"

namespace {

using tagloom::Bf16;
tagloom::stub::Library library;
const tagloom::stub::Alive alive;

struct Stored {
  cudnnBackendDescriptorType_t type;
  std::map<int, std::vector<unsigned char>> attributes;
  std::map<int, std::vector<Stored>> parts;  // copies of descriptors, as in cuDNN

  template <class T>
  std::vector<T> list(int name) const {
    const auto& bytes = attributes.at(name);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  const Stored& part(int name) const { return parts.at(name).at(0); }
};

size_t bytes_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_DOUBLE:
      return 8;
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
      return 1;
    default:
      return 4;
  }
}

template <class T>
cudnnStatus_t give(const std::vector<T>& values, int64_t most, int64_t* count, void* to) {
  *count = static_cast<int64_t>(values.size());
  if (to != nullptr && most > 0) std::memcpy(to, values.data(), sizeof(T) * std::min<size_t>(most, values.size()));
  return CUDNN_STATUS_SUCCESS;
}

int64_t engine_of(const Stored& configuration) {
  return configuration.part(CUDNN_ATTR_ENGINECFG_ENGINE).list<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX).at(0);
}

struct Tensor {
  void* data = nullptr;
  cudnnDataType_t type{};
  std::vector<int64_t> sizes, strides;

  int64_t at(int64_t a, int64_t b, int64_t c, int64_t d) const {
    return a * strides[0] + b * strides[1] + c * strides[2] + d * strides[3];
  }
  double read(int64_t i) const {
    return type == CUDNN_DATA_FLOAT ? static_cast<const float*>(data)[i] : static_cast<float>(static_cast<const Bf16*>(data)[i]);
  }
  void write(int64_t i, double value) const {
    if (type == CUDNN_DATA_FLOAT) {
      static_cast<float*>(data)[i] = static_cast<float>(value);
    } else {
      static_cast<Bf16*>(data)[i] = static_cast<float>(value);
    }
  }
};

// result = the pass' sums + beta * result; the three passes are one loop over all products.
void convolve(const Stored& geometry, const Tensor& x, const Tensor& w, const Tensor& y, const Tensor& result, double beta) {
  const int64_t stride = geometry.list<int64_t>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES)[0];
  const int64_t padding = geometry.list<int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS)[0];
  const int64_t dilation = geometry.list<int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS)[0];
  const int64_t filters_each = w.sizes[0] / (x.sizes[1] / w.sizes[1]);  // filters of a group
  std::vector<double> sums(result.sizes[0] * result.sizes[1] * result.sizes[2] * result.sizes[3]);
  for (size_t i = 0; i < sums.size(); ++i) sums[i] = beta == 0 ? 0 : beta * result.read(static_cast<int64_t>(i));
  for (int64_t n = 0; n < y.sizes[0]; ++n) {
    for (int64_t k = 0; k < y.sizes[1]; ++k) {
      for (int64_t p = 0; p < y.sizes[2]; ++p) {
        for (int64_t q = 0; q < y.sizes[3]; ++q) {
          for (int64_t c = 0; c < w.sizes[1]; ++c) {
            for (int64_t r = 0; r < w.sizes[2]; ++r) {
              for (int64_t s = 0; s < w.sizes[3]; ++s) {
                const int64_t h = p * stride - padding + r * dilation, v = q * stride - padding + s * dilation;
                if (h < 0 || v < 0 || h >= x.sizes[2] || v >= x.sizes[3]) continue;
                const int64_t channel = k / filters_each * w.sizes[1] + c;
                const int64_t ix = x.at(n, channel, h, v), iw = w.at(k, c, r, s), iy = y.at(n, k, p, q);
                if (&result == &y) sums[iy] += x.read(ix) * w.read(iw);
                if (&result == &x) sums[ix] += y.read(iy) * w.read(iw);
                if (&result == &w) sums[iw] += x.read(ix) * y.read(iy);
              }
            }
          }
        }
      }
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) result.write(static_cast<int64_t>(i), sums[i]);
}

struct Names {
  cudnnBackendDescriptorType_t type;
  int geometry, x, w, y, beta;
};
constexpr Names kPasses[] = {
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA},
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA},
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA}};

// y = mode(x, b), where b may have one value per channel.
bool apply(cudnnPointwiseMode_t mode, const Tensor& x, const Tensor* b, const Tensor& y) {
  if (mode != CUDNN_POINTWISE_ADD && mode != CUDNN_POINTWISE_RELU_FWD) return false;
  for (int64_t n = 0; n < y.sizes[0]; ++n) {
    for (int64_t c = 0; c < y.sizes[1]; ++c) {
      for (int64_t h = 0; h < y.sizes[2]; ++h) {
        for (int64_t w = 0; w < y.sizes[3]; ++w) {
          double value = x.read(x.at(n, c, h, w));
          if (mode == CUDNN_POINTWISE_ADD)
            value += b->sizes[2] == y.sizes[2] && b->sizes[0] == y.sizes[0] && b->sizes[3] == y.sizes[3]
                         ? b->read(b->at(n, c, h, w))
                         : b->read(b->at(0, c, 0, 0));
          if (mode == CUDNN_POINTWISE_RELU_FWD) value = std::max(value, 0.0);
          y.write(y.at(n, c, h, w), value);
        }
      }
    }
  }
  return true;
}

// Runs a plan's operations in sequence; virtual tensors have memory here. Returns false for an unsupported operation.
bool execute(const Stored& configuration, const Stored& pack) {
  const Stored& engine = configuration.part(CUDNN_ATTR_ENGINECFG_ENGINE);
  const auto ids = pack.list<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = pack.list<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  std::map<int64_t, std::vector<float>> between;
  const auto tensor = [&](const Stored& stored) {
    const int64_t id = stored.list<int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID)[0];
    Tensor t{nullptr, stored.list<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE)[0],
             stored.list<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS), stored.list<int64_t>(CUDNN_ATTR_TENSOR_STRIDES)};
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == id) t.data = pointers[i];
    }
    if (stored.list<unsigned char>(CUDNN_ATTR_TENSOR_IS_VIRTUAL)[0] != 0) {
      between[id].resize(t.sizes[0] * t.sizes[1] * t.sizes[2] * t.sizes[3]);
      t.data = between[id].data();
    }
    return t;
  };
  for (const Stored& operation : engine.part(CUDNN_ATTR_ENGINE_OPERATION_GRAPH).parts.at(CUDNN_ATTR_OPERATIONGRAPH_OPS)) {
    bool done = false;
    for (const Names& names : kPasses) {
      if (operation.type != names.type) continue;
      const Tensor x = tensor(operation.part(names.x)), w = tensor(operation.part(names.w)), y = tensor(operation.part(names.y));
      const Tensor& result = &names == &kPasses[0] ? y : &names == &kPasses[1] ? x : w;
      convolve(operation.part(names.geometry), x, w, y, result, operation.list<float>(names.beta)[0]);
      done = true;
    }
    if (operation.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR) {
      const Stored& function = operation.part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
      const Tensor x = tensor(operation.part(CUDNN_ATTR_OPERATION_POINTWISE_XDESC));
      const Tensor y = tensor(operation.part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC));
      const bool has_b = operation.parts.contains(CUDNN_ATTR_OPERATION_POINTWISE_BDESC);
      const Tensor b = has_b ? tensor(operation.part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC)) : Tensor();
      done = apply(function.list<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE)[0], x, has_b ? &b : nullptr, y);
    }
    if (!done) return false;
  }
  return true;
}

}  // namespace

extern "C" {

tagloom::stub::Library* stub_library() { return &library; }

size_t cudnnGetVersion() { return 91900; }
const char* cudnnGetErrorString(cudnnStatus_t) { return "an error of the stub"; }
void cudnnGetLastErrorString(char* text, size_t bytes) { std::snprintf(text, bytes, "the stub's last error"); }

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  alive.check("cudnnCreate");
  ++library.created;
  *handle = reinterpret_cast<cudnnHandle_t>(&library);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t) {
  alive.check("cudnnDestroy");
  return CUDNN_STATUS_SUCCESS;
}

cudaStream_t stream_of_all = nullptr;

cudnnStatus_t cudnnSetStream(cudnnHandle_t, cudaStream_t stream) {
  stream_of_all = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* descriptor) {
  *descriptor = new Stored{type, {}, {}};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor) {
  alive.check("cudnnBackendDestroyDescriptor");
  delete static_cast<Stored*>(descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t count, const void* values) {
  Stored& stored = *static_cast<Stored*>(descriptor);
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    for (int64_t i = 0; i < count; ++i) stored.parts[name].push_back(*static_cast<Stored* const*>(values)[i]);
  } else {
    const auto* bytes = static_cast<const unsigned char*>(values);
    stored.attributes[name].assign(bytes, bytes + count * bytes_of(type));
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) {
  const Stored& stored = *static_cast<Stored*>(descriptor);
  if (stored.type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) ++library.heuristics;
  if (stored.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) ++library.plans;
  if (stored.type != CUDNN_BACKEND_ENGINE_DESCRIPTOR) return CUDNN_STATUS_SUCCESS;
  const int64_t engine = stored.list<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX)[0];
  return engine < tagloom::stub::kMost && library.accepts[engine] ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t, int64_t most, int64_t* count, void* to) {
  const Stored& stored = *static_cast<const Stored*>(descriptor);
  switch (name) {
    case CUDNN_ATTR_ENGINEHEUR_RESULTS: {
      const bool best_first = stored.list<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE)[0] == CUDNN_HEUR_MODE_A;
      *count = best_first ? library.candidates : 0;
      for (int64_t i = 0; to != nullptr && i < std::min(most, *count); ++i) {
        Stored engine{CUDNN_BACKEND_ENGINE_DESCRIPTOR, {}, {}};
        engine.attributes[CUDNN_ATTR_ENGINE_GLOBAL_INDEX].resize(sizeof i);
        std::memcpy(engine.attributes[CUDNN_ATTR_ENGINE_GLOBAL_INDEX].data(), &i, sizeof i);
        engine.parts[CUDNN_ATTR_ENGINE_OPERATION_GRAPH] = stored.parts.at(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
        static_cast<Stored**>(to)[i]->parts[CUDNN_ATTR_ENGINECFG_ENGINE] = {engine};
      }
      return CUDNN_STATUS_SUCCESS;
    }
    case CUDNN_ATTR_ENGINECFG_ENGINE:
      *count = 1;
      **static_cast<Stored**>(to) = stored.part(CUDNN_ATTR_ENGINECFG_ENGINE);
      return CUDNN_STATUS_SUCCESS;
    case CUDNN_ATTR_ENGINE_GLOBAL_INDEX:
      return give(stored.list<int64_t>(name), most, count, to);
    case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
      return give<int64_t>({0}, most, count, to);
    case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE: {
      const bool has_one = library.note_of_first >= 0 && stored.list<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX)[0] == 0;
      return give(std::vector<int>(has_one ? 1 : 0, library.note_of_first), most, count, to);
    }
    case CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE: {
      const bool compiled = stored.list<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX)[0] >= library.precompiled;
      return give(std::vector<int>(compiled ? 1 : 0, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION), most, count, to);
    }
    default:  // no knobs
      *count = 0;
      return CUDNN_STATUS_SUCCESS;
  }
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
  const Stored configuration = static_cast<const Stored*>(plan)->part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
  const int64_t engine = engine_of(configuration);
  if (library.fails[engine]) return CUDNN_STATUS_EXECUTION_FAILED;
  ++library.runs;
  library.last_run = static_cast<int>(engine);
  const auto work = [configuration, engine, pack = *static_cast<const Stored*>(pack)] {
    if (!execute(configuration, pack)) std::abort();
    if (library.clock != nullptr) *library.clock += library.seconds[engine];
  };
  if (library.enqueue != nullptr) {
    library.enqueue(stream_of_all, work);
  } else {
    work();
  }
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
