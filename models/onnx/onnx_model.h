#pragma once
// An ONNX model as plain data, and the function that writes it. onnx_file.cpp alone includes the headers of libonnx and protobuf.
//
// A model is a list of nodes, each an operator of ONNX's standard set that reads and writes values by name. onnx.ai/onnx/operators
// documents the operators.
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace tagloom {

using OnnxValue = std::string;  // the name of a value; empty: an optional input that is left out

enum class OnnxType { kFloat = 1, kUint8 = 2, kInt64 = 7, kBool = 9, kDouble = 11 };  // the numbers of ONNX's TensorProto

struct OnnxAttribute {
  std::string name;
  std::variant<int64_t, float, std::string, std::vector<int64_t>> value;
};

struct OnnxNode {
  std::string op;
  std::vector<OnnxValue> inputs, outputs;
  std::vector<OnnxAttribute> attributes;
};

struct OnnxTensor {  // a constant or a weight
  OnnxValue name;
  OnnxType type = OnnxType::kFloat;
  std::vector<int64_t> shape;
  std::string bytes;  // row-major, little-endian
};

struct OnnxPort {  // an input or an output of the model
  OnnxValue name;
  OnnxType type = OnnxType::kFloat;
  std::vector<int64_t> shape;  // -1: the number of pictures, which may differ from call to call
  std::string about;
};

struct OnnxModel {
  static constexpr int64_t kOperators = 15;  // the version of the operator set; ONNX 1.10 and later read it
  std::string about;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxPort> inputs, outputs;
  std::vector<OnnxNode> nodes;  // each after the nodes whose outputs it reads
  std::vector<OnnxTensor> tensors;

  int64_t tensor_bytes() const;
};

// Whether this build has the libraries that write ONNX.
bool writes_onnx();

// Writes the file atomically; empties the model's tensors on the way, so that large weights are in memory once. Throws Error(kData)
// if protobuf's limit of 2 GB is exceeded or the file cannot be written, Error(kUsage) naming the packages to install unless
// writes_onnx().
void write_onnx(OnnxModel&& model, const std::string& path);

}  // namespace tagloom
