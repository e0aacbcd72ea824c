// Instances of COCO: ids with gaps, crowds, pictures without annotations, any order of the parts, and files with errors.

#include "tests/tools/import/import_fixture.h"

namespace tagloom::test {
namespace {

class ImportCoco : public ImportFixture {
 protected:
  static constexpr char kImages[] =
      R"("images": [{"license": 3, "file_name": "c.jpg", "height": 4, "width": 5, "id": 900},
                    {"id": 7, "file_name": "a.jpg"}, {"file_name": "b.jpg", "id": 8}])";
  static constexpr char kCategories[] =
      R"("categories": [{"supercategory": "person", "id": 1, "name": "person"}, {"id": 13, "name": "stop sign"},
                        {"id": 90, "name": "toothbrush"}])";
  static constexpr char kAnnotations[] = R"("annotations": [
      {"segmentation": [[510.66, 423.01, 511.72]], "area": 7.5, "iscrowd": 0, "image_id": 7, "bbox": [1, 2, 3, 4], "category_id": 13, "id": 1},
      {"segmentation": {"counts": [1, 2], "size": [3, 4]}, "area": 900, "iscrowd": 1, "image_id": 900, "category_id": 1, "id": 2},
      {"area": 5, "iscrowd": 0, "image_id": 7, "category_id": 1, "id": 3, "attributes": {"category_id": 90, "id": null}},
      {"area": 3, "iscrowd": 0, "image_id": 7, "category_id": 1, "id": 4}])";

  void put_pictures(const std::string& at) {
    for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) put(at + name);
  }
  static std::string json(const std::vector<std::string>& parts) {
    std::string text = R"({"info": {"year": 2017, "images": [1]}, "licenses": [{"id": 1}])";
    for (const std::string& part : parts) text += ", " + part;
    return text + "}";
  }
};

TEST_F(ImportCoco, ReadsTheLayoutOfTheDownload) {
  put_pictures("val2017/");
  put("annotations/instances_val2017.json", json({kImages, kAnnotations, kCategories}));
  put("annotations/captions_val2017.json", "{}");
  const ImportSummary summary = run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"val2017/c.jpg", "person"}, {"val2017/a.jpg", "stop sign|person"}, {"val2017/b.jpg", ""}}));
  EXPECT_EQ(words(), "person\nstop sign\ntoothbrush\n");
  EXPECT_EQ(summary.report.order, "");
  EXPECT_EQ(summary.untagged, 1);
  EXPECT_EQ(summary.different_tags, 2);
}

TEST_F(ImportCoco, ThePartsMayComeInAnyOrder) {
  put_pictures("pictures/");
  const std::vector<std::vector<std::string>> orders = {{kAnnotations, kCategories, kImages},
                                                        {kCategories, kImages, kAnnotations}};
  for (const auto& parts : orders) {
    put("labels.json", json(parts));
    run("auto", {"labels.json", folder / "pictures"});
    EXPECT_EQ(rows(),
              (ImportedRows{{"pictures/c.jpg", "person"}, {"pictures/a.jpg", "stop sign|person"}, {"pictures/b.jpg", ""}}));
  }
}

TEST_F(ImportCoco, DropsCrowds) {
  put_pictures("");
  put("labels.json", json({kImages, kAnnotations, kCategories}));
  ImportRequest request{"labels.json"};
  request.crowd = false;
  const ImportSummary summary = run("coco", request);
  EXPECT_EQ(rows(), (ImportedRows{{"c.jpg", ""}, {"a.jpg", "stop sign|person"}, {"b.jpg", ""}}));
  EXPECT_EQ(summary.report.left_out[0].count, 1);
}

TEST_F(ImportCoco, SortsByTheSumOfAreas) {
  put_pictures("");
  put("labels.json", json({kImages, kAnnotations, kCategories}));
  ImportRequest request{"labels.json"};
  request.largest_first = true;
  const ImportSummary summary = run("coco", request);
  EXPECT_EQ(rows()[1], (ImportedRow{"a.jpg", "person|stop sign"}));  // 5 + 3 against 7.5
  EXPECT_EQ(summary.report.order, "by the area of their objects, largest first");
}

TEST_F(ImportCoco, ChoosesTheSplit) {
  put_pictures("train2017/");
  put_pictures("val2017/");
  for (const char* split : {"train2017", "val2017"})
    put(std::string("annotations/instances_") + split + ".json", json({kImages, kAnnotations, kCategories}));
  EXPECT_ERROR(kUsage, "choose one with --split, such as train2017", run("coco", {""}));
  ImportRequest request{""};
  request.split = "val2017";
  run("coco", request);
  EXPECT_EQ(rows()[0].first, "val2017/c.jpg");
  request.split = "test2017";
  EXPECT_ERROR(kData, "has no annotations/instances_test2017.json", run("coco", request));
}

// One picture has every category and 600,000 annotations: a few seconds, or the time limit of the tests if each were sought in a list.
TEST_F(ImportCoco, ManyCategoriesOfOnePictureTakeLittleTime) {
  constexpr int kNames = 60'000, kObjects = 600'000;
  put_pictures("");
  std::string categories = "\"categories\": [", annotations = "\"annotations\": [";
  for (int i = 0; i < kNames; ++i)
    categories += (i ? ",{\"id\":" : "{\"id\":") + std::to_string(i) + ",\"name\":\"n" + std::to_string(i) + "\"}";
  for (int i = 0; i < kObjects; ++i)
    annotations += (i ? ",{" : "{") + std::string("\"image_id\":7,\"category_id\":") + std::to_string(i % kNames) + "}";
  put("labels.json", json({kImages, categories + "]", annotations + "]"}));
  EXPECT_EQ(run("coco", {"labels.json"}).tags_in_all, kNames);
}

TEST_F(ImportCoco, AnErrorIsOneSentenceAndNothingIsWritten) {
  put_pictures("");
  const std::pair<std::string, std::string> invalid[] = {
      {"", "labels.json:1: is not JSON at byte 1: "},
      {"[1]", "is not a JSON object"},
      {"3", "is not a JSON object"},
      {"{}", "has no \"images\"; COCO's instances have images, annotations and categories"},
      {"{\"images\": []", "is not JSON at byte 14: "},
      {"{\n\n\"images\": [}", "labels.json:3: is not JSON"},
      {"{\"images\": 4}", "\"images\" must be an array of objects"},
      {"{\"images\": [4]}", "\"images\" must be an array of objects"},
      {"{\"images\": [[4]]}", "\"images\" must be an array of objects"},
      {"{\"images\": {\"a\": {}}}", "\"images\" must be an array of objects"},
      {"{\"images\": [{\"id\": 1}]}", "entry 1 of \"images\" has no \"file_name\" that is a string"},
      {"{\"images\": [{\"id\": \"1\", \"file_name\": \"a\"}]}", "entry 1 of \"images\" has no \"id\" that is an integer"},
      {json({kImages, kImages}), "has \"images\" twice"},
      {json({kImages, kCategories, R"("annotations": [{"image_id": 5, "category_id": 1}])"}),
       "labels.json: entry 1 of \"annotations\" has image_id 5, but no image has this id"},
      {json({kImages, kCategories, R"("annotations": [{"image_id": 7, "category_id": 1, "iscrowd": 1},
                                                     {"image_id": 6, "category_id": 1}])"}),
       "labels.json: entry 2 of \"annotations\" has image_id 6, but no image has this id"},
      {json({kImages, kCategories, R"("annotations": [{"image_id": 7, "category_id": 2}])"}),
       "labels.json: entry 1 of \"annotations\" has category_id 2, but no category has this id"},
      {json({kImages, kAnnotations, R"("categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}])"}),
       "labels.json: entries 1 and 2 of \"categories\" have the same id, 1"},
      {json({kCategories, R"("images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}], "annotations": [])"}),
       "labels.json: entries 1 and 2 of \"images\" have the same id, 1"},
      {json({kCategories, R"("images": [{"id": 1, "file_name": "gone.jpg"}], "annotations": [])"}),
       "labels.json: 1 of 1 picture does not exist, such as "},
      {json({kCategories, R"("images": [{"id": 1, "file_name": ""}], "annotations": [])"}),
       "labels.json: the \"file_name\" of entry 1 of \"images\" is \"\", which names no file"},
      {json({kCategories,
             R"("images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a\u0000.jpg"}], "annotations": [])"}),
       "labels.json: the \"file_name\" of entry 2 of \"images\" is \"a\\x00.jpg\", which names no file"},
      {json({R"("images": [], "annotations": [], "categories": [])"}), "labels.json: contains no pictures"},
      {json({kImages, R"("categories": [{"id": 1, "name": " "}], "annotations": [{"image_id": 7, "category_id": 1}])"}),
       "labels.json: the \"name\" of entry 1 of \"categories\" is empty"},
      {json({kImages, R"("annotations": [], "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b\nc"}])"}),
       "labels.json: the \"name\" of entry 2 of \"categories\": byte 2 is a control character"},
      {json({kCategories, R"("images": [{"id": true, "file_name": "a.jpg"}], "annotations": [])"}),
       "labels.json: entry 1 of \"images\" has no \"id\" that is an integer"},
      {"{\"images\": [{\"id\": 1e999", "labels.json: is not JSON at byte 24: number overflow parsing '1e999'"},
  };
  for (const auto& [text, message] : invalid) {
    put("labels.json", text);
    EXPECT_ERROR(kData, message, run("coco", {"labels.json"}));
    EXPECT_EQ(folder.file_count(), 4) << text;  // the pictures and labels.json
  }
}

}  // namespace
}  // namespace tagloom::test
