// Open Images: labels of whole pictures and of boxes, with and without a header of the descriptions.
#include "tests/tools/import/import_fixture.h"

namespace tagloom::test {
namespace {

class ImportOpenImages : public ImportFixture {
 protected:
  void put_dataset() {
    put("oidv7-class-descriptions.csv", "LabelName,DisplayName\n/m/01g317,Person\n/m/0c9ph5,\"Flower, cut\"\n/m/09ctj,Dog\n");
    put("oidv7-val-annotations-human-imagelabels.csv",
        "ImageID,Source,LabelName,Confidence\n"
        "000026e7ee790996,verification,/m/0c9ph5,1\n"
        "000026e7ee790996,verification,/m/01g317,0\n"
        "000062a39995e348,machine,/m/09ctj,0.4\n"
        "000026e7ee790996,crowdsource-verification,/m/01g317,1\n"
        "000062a39995e348,machine,/m/01g317,0.9\n");
    for (const char* name : {"images/000026e7ee790996.jpg", "images/000062a39995e348.jpg"}) put(name);
  }
};

TEST_F(ImportOpenImages, ReadsLabelsOfPictures) {
  put_dataset();
  const ImportSummary summary = run("auto", {""});
  EXPECT_EQ(rows(),
            (ImportedRows{{"images/000026e7ee790996.jpg", "Flower, cut|Person"}, {"images/000062a39995e348.jpg", "Person"}}));
  EXPECT_EQ(summary.report.left_out[0].count, 1);
  EXPECT_EQ(summary.report.left_out[1].count, 1);
  ImportRequest request{"oidv7-val-annotations-human-imagelabels.csv"};
  request.confidence = 0.4;
  run("auto", request);
  EXPECT_EQ(rows()[1].second, "Dog|Person");
}

TEST_F(ImportOpenImages, ReadsBoxes) {
  put("class-descriptions-boxable.csv", "/m/0k4j,Car\n/m/015p6,Bird\n");
  put("train-annotations-bbox.csv",
      "\xEF\xBB\xBFImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,"
      "IsInside\n"
      "a,xclick,/m/0k4j,1,0.071875,0.1453125,0.20625,0.39166668,0,1,1,0,0\na,xclick,/m/0k4j,1,0,1,0,1,0,0,0,0,0\n");
  put("train/a.jpg");
  run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"train/a.jpg", "Car"}}));
}

TEST_F(ImportOpenImages, ErrorsNameTheLine) {
  put_dataset();
  const std::string labels = "test.csv";
  const std::pair<std::string, std::string> invalid[] = {
      {"ImageID,LabelName\n", "test.csv: does not begin with ImageID,Source,LabelName,Confidence"},
      {"ImageID,Source,LabelName,Confidence\na,b\n", "test.csv:2: has fewer than 4 fields"},
      {"ImageID,Source,LabelName,Confidence\n\na,b,/m/none,1\n", "test.csv:3: no class-descriptions file has the label /m/none"},
      {"ImageID,Source,LabelName,Confidence\na,b,/m/09ctj,2\n", "test.csv:2: the confidence must be 0 to 1, got 2"},
      {"ImageID,Source,LabelName,Confidence\n../a,b,/m/09ctj,1\n", "test.csv:2: \"../a\" is not an ImageID"},
      {"ImageID,Source,LabelName,Confidence\n", "test.csv: contains no pictures"},
  };
  for (const auto& [text, message] : invalid) {
    put(labels, text);
    EXPECT_ERROR(kData, message, run("openimages", {labels}));
    EXPECT_FALSE(std::filesystem::exists(folder / "out.tsv"));
  }
  put(labels, "ImageID,Source,LabelName,Confidence\na,b,/m/09ctj,1\n");
  EXPECT_ERROR(kUsage, "has several files of labels, such as oidv7-val-annotations-human-imagelabels.csv and test.csv",
               run("openimages", {""}));
  put("oidv7-class-descriptions.csv", "LabelName,DisplayName\n/m/09ctj\n");
  EXPECT_ERROR(kData, "oidv7-class-descriptions.csv:2: has one field, expected 2", run("openimages", {labels}));
  std::filesystem::remove(folder / "oidv7-class-descriptions.csv");
  EXPECT_ERROR(kData, "test.csv: the names of its labels are missing", run("openimages", {labels}));
}

}  // namespace
}  // namespace tagloom::test
