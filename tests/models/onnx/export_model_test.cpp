// Exported models of every kind, checked by ONNX's own checker and shape inference.
#include "models/onnx/export_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <set>

#include "models/build.h"
#include "models/fitting/fitted_head.h"
#include "models/onnx/graph_builder.h"
#include "tests/support/expect_error.h"
#include "tests/support/seeded_values.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kTags = 6, kSize = 40;

// A tagger with random weights on the small CNN; one that is fitted is fitted to random features.
TrainedRun random_run(const std::vector<std::pair<std::string, std::string>>& settings) {
  std::vector<Assignment> assignments;
  const auto set = [&](const std::string& key, const std::string& text) {
    assignments.push_back(assignment_from_text(key, text, "test"));
  };
  set("backbone.name", "small");
  set("data.size", std::to_string(kSize));
  set("train.best_by", "f1_label");
  for (const auto& [key, text] : settings) set(key, text);
  TrainedRun run;
  run.settings = settings_from(assignments);
  run.vocabulary = Vocabulary({"sky", "sea", "dog", "cat", "sun", "car"});
  run.device = Device::cpu();
  run.model = build_tagger(run.settings, tag_statistics(run.vocabulary), run.device);
  if (auto* const fitted = dynamic_cast<FittedHead*>(&run.model->head())) {
    FitPictures pictures;
    const int64_t rows = 9, width = run.model->cnn().feature_count();
    pictures.features = Tensor::from(seeded_uniform("features", rows * width), {rows, width}, run.device);
    for (int32_t row = 0; row < rows; ++row) pictures.tags.push_back({row % 6, (row + 2) % 6});
    fitted->fit(pictures);
  }
  return run;
}

onnx::ModelProto read_back(OnnxModel&& model, const TemporaryFolder& folder) {
  const std::string file = folder / "model.onnx";
  write_onnx(std::move(model), file);
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(read_whole_file(file)));
  return proto;
}

std::vector<int64_t> inferred_shape(const onnx::ModelProto& model, const std::string& name) {
  for (const onnx::ValueInfoProto& output : model.graph().output()) {
    if (output.name() != name) continue;
    std::vector<int64_t> shape;
    for (const auto& dimension : output.type().tensor_type().shape().dim()) {
      shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
    }
    return shape;
  }
  return {};
}

struct ExportRow {
  const char* name;
  std::vector<std::pair<std::string, std::string>> settings;
};

class ExportedModel : public testing::TestWithParam<ExportRow> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(ExportedModel, PassesTheChecker) {
  const TrainedRun run = random_run(GetParam().settings);
  for (const bool from_features : {false, true}) {
    onnx::ModelProto model = read_back(export_model(run, {.from_features = from_features}), folder_);
    EXPECT_NO_THROW(onnx::checker::check_model(model));
    EXPECT_NO_THROW(onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {true, 1, true}));  // strict
    EXPECT_THAT(inferred_shape(model, "scores"), ElementsAre(-1, kTags));
    EXPECT_THAT(inferred_shape(model, "ranking"), ElementsAre(-1, kTags));
    EXPECT_THAT(inferred_shape(model, "tags"), ElementsAre(-1, 5));
    EXPECT_EQ(model.graph().input(0).name(), from_features ? "features" : "pictures");
  }
}

const std::pair<std::string, std::string> kMapLayer{"backbone.layer", "conv5_map"};

INSTANTIATE_TEST_SUITE_P(Kinds, ExportedModel,
                         testing::ValuesIn(std::vector<ExportRow>{
                             {"classifier", {{"model.kind", "classifier"}}},
                             {"csra", {{"model.kind", "classifier"}, {"model.head", "csra"}, kMapLayer}},
                             {"multi_order", {{"model.kind", "multi_order"}}},
                             {"rank", {{"model.kind", "rank"}}},
                             {"ordered_rnn", {{"model.kind", "ordered_rnn"}, {"decode.method", "beam"}}},
                             {"joint", {{"model.kind", "ordered_rnn"}, {"model.state", "zero"}, {"model.output", "joint"}}},
                             {"order_free", {{"model.kind", "order_free"}, kMapLayer}},
                             {"aligned", {{"model.kind", "order_free"}, {"model.alignment", "mla"}, kMapLayer}},
                             {"jvsp", {{"model.kind", "jvsp"}, {"model.jvsp.image", "linear"}}},
                             {"linear_svm", {{"model.kind", "linear_svm"}, {"linear.c", "[1]"}}},
                             {"rank_svm", {{"model.kind", "rank_svm"}, {"linear.c", "[1]"}}},
                             {"knn", {{"model.kind", "knn"}, {"neighbours.k", "[3]"}}},
                             {"jec", {{"model.kind", "jec"}, {"neighbours.k", "[3]"}}},
                             {"tagprop", {{"model.kind", "tagprop"}, {"neighbours.k", "[3]"}}},
                             {"pretrained", {{"model.kind", "pretrained"}, {"backbone.layer", "logits"}}},
                             {"two_pass_knn",
                              {{"model.kind", "two_pass_knn"}, {"neighbours.per_tag", "[2]"}, {"neighbours.sharpness", "[4]"}}},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(ExportModel, ReadsEveryValueThatItComputes) {
  const OnnxModel model = export_model(random_run({{"model.kind", "ordered_rnn"}, {"decode.method", "beam"}}), {});
  std::set<std::string> known, read;
  for (const OnnxTensor& tensor : model.tensors) EXPECT_TRUE(known.insert(tensor.name).second) << tensor.name;
  for (const OnnxPort& input : model.inputs) known.insert(input.name);
  for (const OnnxNode& node : model.nodes) {
    for (const OnnxValue& value : node.inputs) {
      EXPECT_TRUE(known.contains(value)) << node.op << " reads " << value << ", which no earlier node computes";
      read.insert(value);
    }
    for (const OnnxValue& value : node.outputs) EXPECT_TRUE(known.insert(value).second) << value;
  }
  for (const OnnxTensor& tensor : model.tensors) EXPECT_TRUE(read.contains(tensor.name)) << tensor.name << " is not used";
}

TEST(ExportModel, MetadataDescribesPicturesAndTags) {
  const TrainedRun run = random_run({{"model.kind", "classifier"},
                                     {"data.resize", "short_side"},
                                     {"data.short_side", "48"},
                                     {"data.interpolation", "bicubic"}});
  const TemporaryFolder folder;
  const onnx::ModelProto model = read_back(export_model(run, {}), folder);
  std::map<std::string, std::string> metadata;
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  EXPECT_EQ(metadata["tags"], "sky\nsea\ndog\ncat\nsun\ncar");
  EXPECT_EQ(metadata["size"], "40");
  EXPECT_EQ(metadata["kind"], "classifier");
  EXPECT_THAT(metadata["resize"], HasSubstr("the shorter side to 48 pixels with antialiased bicubic interpolation"));
  EXPECT_THAT(model.doc_string(), HasSubstr(metadata["resize"]));
  EXPECT_EQ(model.opset_import(0).version(), OnnxModel::kOperators);
}

TEST(ExportModel, WarnsOfTrainingDataAndRounding) {
  EXPECT_TRUE(export_notes(random_run({{"model.kind", "classifier"}})).empty());
  EXPECT_THAT(export_notes(random_run({{"model.kind", "knn"}, {"neighbours.k", "[3]"}})),
              ElementsAre(HasSubstr("features of the 9 training pictures")));
  EXPECT_THAT(export_notes(random_run({{"model.kind", "classifier"}, {"backbone.precision", "bf16"}})),
              ElementsAre(HasSubstr("in bfloat16")));
}

TEST(GraphBuilder, EqualConstantsAreOneTensor) {
  OnnxModel model;
  GraphBuilder graph(model);
  EXPECT_EQ(graph.number(2), graph.number(2));
  EXPECT_NE(graph.number(2), graph.number(3));
  EXPECT_NE(graph.number(2), graph.number64(2));
  EXPECT_NE(graph.integer(2), graph.list({2}));  // a scalar and a list of one
  EXPECT_EQ(model.tensors.size(), 5U);
  EXPECT_EQ(model.tensor_bytes(), 4 + 4 + 8 + 8 + 8);
}

TEST(WriteOnnx, LeavesTheOldFileWhereItCannotWrite) {
  OnnxModel model;
  EXPECT_ERROR(kData, "/nowhere/model.onnx", write_onnx(std::move(model), "/nowhere/model.onnx"));
}

}  // namespace
}  // namespace tagloom::test
