#pragma once
// Describes a trained run as an ONNX model: picture or features in, scores and tags out.
//
//   write_onnx(export_model(run, {}), "model.onnx");
//
// Inputs, one of the two; N, the number of pictures, may differ from call to call:
//   pictures   uint8 [N,S,S,3]: red, green, blue; S is data.size. The model normalises them.
//   features   float [N,F]: the backbone's output; of a map [N,P*C], place by place
// Outputs, equal to those of tagpredict within rounding:
//   scores     float [N,V]: of each tag, with decode.calibration
//   ranking    int64 [N,V]: all tags, best first
//   tags       int64 [N,K]: the tags that the run's decode.selection predicts, best first, padded with -1
//
// All arithmetic is fp32, for a run trained in bfloat16 too. The decoding loop is unrolled. The metadata contains the tags' names
// ("tags", one per line), the size of the pictures and how to prepare them.
#include "models/onnx/onnx_model.h"
#include "models/trained_run.h"

namespace tagloom {

struct ExportOptions {
  bool from_features = false;  // the model's input is the features
};

// The run's model must be on the CPU.
OnnxModel export_model(const TrainedRun& run, const ExportOptions& options);

// Warnings about the exported model: rounding that differs from the run's, and the size of the training data in it.
std::vector<std::string> export_notes(const TrainedRun& run);

}  // namespace tagloom
