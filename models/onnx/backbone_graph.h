#pragma once
// A backbone as a graph: from pictures to the features that a head reads, with batch norm folded into the filters.
#include "models/backbones/backbone.h"
#include "models/onnx/graph_builder.h"

namespace tagloom {

struct BackboneFeatures {
  OnnxValue value;     // [N,F]; for a map [N,P*C], place by place
  int64_t count = 0;   // F; for a map C
  int64_t places = 1;  // P
};

// The number of features and places for pictures of size x size pixels.
BackboneFeatures feature_shape(Backbone& backbone, int64_t size);

// pictures: uint8 [N,size,size,3]. Averages the features with those of the mirror images if backbone.mirrored is set. The maps inside
// are [N,C,H,W], as ONNX's operators take them.
BackboneFeatures backbone_graph(GraphBuilder& graph, Backbone& backbone, const OnnxValue& pictures, int64_t size);

}  // namespace tagloom
