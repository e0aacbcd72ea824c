// LabelMe's XML, as its web tool stores it, and the JSON of the desktop program.
#include "tests/tools/import/import_fixture.h"

namespace tagloom::test {
namespace {

using ImportLabelme = ImportFixture;

constexpr char kXml[] = R"(<annotation><filename>
p1.jpg
</filename><folder>street</folder><source><sourceImage>The MIT-CSAIL database</sourceImage></source>
<object><name>
car
</name><deleted>0</deleted><verified>0</verified><polygon><username>x</username><pt><x>1</x><y>2</y></pt></polygon></object>
<object><name>sky</name><deleted>1</deleted><polygon/></object>
<object><name>person walking</name><polygon/></object><object><name>car</name><polygon/></object></annotation>)";

constexpr char kJson[] = R"({"version": "5.0.1", "flags": {}, "shapes": [
  {"label": "dog", "points": [[1, 2], [3, 4]], "group_id": null, "shape_type": "polygon", "flags": {}},
  {"label": "ball", "points": [], "shape_type": "rectangle"}],
  "imagePath": "..\\pictures\\a.jpg", "imageData": null, "imageHeight": 4, "imageWidth": 5})";

TEST_F(ImportLabelme, ReadsTheXmlOfTheWebTool) {
  put("Annotations/street/p1.xml", kXml);
  put("Images/street/p1.jpg");
  const ImportSummary summary = run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"Images/street/p1.jpg", "car|person walking"}}));
  EXPECT_EQ(summary.report.order, "as the objects were outlined");
  EXPECT_EQ(summary.report.left_out[0].count, 1);
  ImportRequest request{""};
  request.split = "street";
  run("labelme", request);
  EXPECT_EQ(rows().size(), 1u);
}

TEST_F(ImportLabelme, ReadsJsonNextToPictures) {
  put("json/a.json", kJson);
  put("pictures/a.jpg");
  run("auto", {"json"});
  EXPECT_EQ(rows(), (ImportedRows{{"pictures/a.jpg", "dog|ball"}}));
}

TEST_F(ImportLabelme, AnErrorIsOneSentenceAndNothingIsWritten) {
  const std::pair<std::string, std::string> invalid[] = {
      {"{", "a.json: is not JSON: "},
      {"[]", "a.json: has no array \"shapes\""},
      {R"({"shapes": 3})", "a.json: has no array \"shapes\""},
      {R"({"shapes": []})", "a.json: has no string \"imagePath\""},
      {R"({"shapes": [3], "imagePath": "a.jpg"})", "a.json: a shape has no string \"label\""},
      {R"({"shapes": [{"label": 3}], "imagePath": "a.jpg"})", "a.json: a shape has no string \"label\""},
      {R"({"shapes": [{"label": ""}], "imagePath": "a.jpg"})", "a.json: has an empty tag"},
  };
  put("a.jpg");
  for (const auto& [text, message] : invalid) {
    put("a.json", text);
    EXPECT_ERROR(kData, message, run("labelme", {""}));
    EXPECT_EQ(folder.file_count(), 2) << text;
  }
  put("a.json", R"({"shapes": [], "imagePath": "a.jpg"})");
  put("b.xml", "<annotation/>");
  EXPECT_ERROR(kData, "b.xml: has no <filename>", run("labelme", {""}));
}

}  // namespace
}  // namespace tagloom::test
