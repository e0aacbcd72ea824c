// Serializes a model with protobuf.
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include "engine/io/atomic_file.h"
#include "kernels/base/build_config.h"
#include "kernels/base/error.h"
#include "models/onnx/onnx_model.h"

namespace tagloom {
namespace {

constexpr int64_t kIrVersion = 8;                               // of the file format; ONNX 1.12's
constexpr int64_t kMostBytes = (int64_t{1} << 31) - (1 << 20);  // protobuf cannot read larger messages

// Passes protobuf's output to an AtomicFile.
class AtomicOutput : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit AtomicOutput(AtomicFile& file) : file_(file) {}
  bool Write(const void* bytes, int size) override {
    file_.write({static_cast<const std::byte*>(bytes), static_cast<size_t>(size)});
    return true;
  }

 private:
  AtomicFile& file_;
};

void fill_port(const OnnxPort& port, onnx::ValueInfoProto& out) {
  out.set_name(port.name);
  out.set_doc_string(port.about);
  onnx::TypeProto::Tensor& type = *out.mutable_type()->mutable_tensor_type();
  type.set_elem_type(static_cast<int32_t>(port.type));
  for (const int64_t size : port.shape) {
    onnx::TensorShapeProto::Dimension& dimension = *type.mutable_shape()->add_dim();
    if (size < 0) {
      dimension.set_dim_param("pictures");
    } else {
      dimension.set_dim_value(size);
    }
  }
}

void fill_attribute(const OnnxAttribute& attribute, onnx::AttributeProto& out) {
  out.set_name(attribute.name);
  if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    out.set_type(onnx::AttributeProto::INT);
    out.set_i(*integer);
  } else if (const auto* number = std::get_if<float>(&attribute.value)) {
    out.set_type(onnx::AttributeProto::FLOAT);
    out.set_f(*number);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    out.set_type(onnx::AttributeProto::STRING);
    out.set_s(*text);
  } else {
    out.set_type(onnx::AttributeProto::INTS);
    for (const int64_t one : std::get<std::vector<int64_t>>(attribute.value)) out.add_ints(one);
  }
}

void fill_node(const OnnxNode& node, onnx::NodeProto& out) {
  out.set_op_type(node.op);
  out.set_name(node.outputs.front());
  for (const OnnxValue& value : node.inputs) out.add_input(value);
  for (const OnnxValue& value : node.outputs) out.add_output(value);
  for (const OnnxAttribute& attribute : node.attributes) fill_attribute(attribute, *out.add_attribute());
}

void fill_tensor(OnnxTensor&& tensor, onnx::TensorProto& out) {
  out.set_name(tensor.name);
  out.set_data_type(static_cast<int32_t>(tensor.type));
  for (const int64_t size : tensor.shape) out.add_dims(size);
  out.set_raw_data(std::move(tensor.bytes));
}

}  // namespace

bool writes_onnx() { return true; }

void write_onnx(OnnxModel&& model, const std::string& path) {
  TL_CHECK_AS(ErrorKind::kData, model.tensor_bytes() < kMostBytes,
              "{}: the weights take {} MB, but an ONNX file with its weights inside has at most 2048 MB", path,
              model.tensor_bytes() >> 20);
  onnx::ModelProto proto;
  proto.set_ir_version(kIrVersion);
  proto.set_producer_name("tagloom");
  proto.set_producer_version(kVersion);
  proto.set_doc_string(model.about);
  proto.add_opset_import()->set_version(OnnxModel::kOperators);
  for (const auto& [key, value] : model.metadata) {
    onnx::StringStringEntryProto& entry = *proto.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  onnx::GraphProto& graph = *proto.mutable_graph();
  graph.set_name("tagger");
  for (const OnnxPort& port : model.inputs) fill_port(port, *graph.add_input());
  for (const OnnxPort& port : model.outputs) fill_port(port, *graph.add_output());
  for (const OnnxNode& node : model.nodes) fill_node(node, *graph.add_node());
  for (OnnxTensor& tensor : model.tensors) fill_tensor(std::move(tensor), *graph.add_initializer());
  model.tensors.clear();

  const size_t bytes = proto.ByteSizeLong();
  TL_CHECK_AS(ErrorKind::kData, static_cast<int64_t>(bytes) < kMostBytes,
              "{}: the model takes {} MB, but an ONNX file with its weights inside has at most 2048 MB", path, bytes >> 20);
  AtomicFile file(path, static_cast<int64_t>(bytes));
  AtomicOutput output(file);
  google::protobuf::io::CopyingOutputStreamAdaptor stream(&output);
  const bool written = proto.SerializeToZeroCopyStream(&stream) && stream.Flush();
  TL_CHECK_AS(ErrorKind::kInternal, written, "{}: protobuf could not serialize the model", path);
  file.commit();
}

}  // namespace tagloom
