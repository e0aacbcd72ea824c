// Replaces onnx_file.cpp in builds without libonnx and protobuf.
#include "kernels/base/error.h"
#include "models/onnx/onnx_model.h"

namespace tagloom {

bool writes_onnx() { return false; }

void write_onnx(OnnxModel&&, const std::string& path) {
  fail(ErrorKind::kUsage,
       "{}: this build cannot write ONNX: install libonnx-dev and libprotobuf-dev, and build again from an empty folder", path);
}

}  // namespace tagloom
