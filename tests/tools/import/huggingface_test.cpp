// Hugging Face's imagefolder: lists, texts and objects as tags, in JSON lines and CSV.
#include "tests/tools/import/import_fixture.h"

namespace tagloom::test {
namespace {

class ImportHuggingface : public ImportFixture {
 protected:
  void SetUp() override {
    for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) put(name);
  }
};

TEST_F(ImportHuggingface, ReadsJsonLines) {
  put("metadata.jsonl",
      "{\"file_name\": \"a.jpg\", \"text\": \"a dog\", \"tags\": [\"dog, wet\", \"sea\"]}\n\n"
      "{\"file_name\": \"b.jpg\", \"tags\": \"1girl, blue hair,hat\"}\n{\"file_name\": \"c.jpg\", \"tags\": null}\n");
  run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"a.jpg", "dog, wet|sea"}, {"b.jpg", "1girl|blue hair|hat"}, {"c.jpg", ""}}));
  ImportRequest request{"metadata.jsonl"};
  request.column = "none";
  EXPECT_ERROR(kData, "metadata.jsonl:1: has no column \"none\": choose one of tags, text with --column", run("auto", request));
}

TEST_F(ImportHuggingface, ReadsObjects) {
  put("metadata.jsonl", R"({"file_name": "a.jpg", "objects": {"bbox": [[1, 2, 3, 4]], "categories": ["cat", "dog", "cat"]}})"
                        "\n"
                        R"({"file_name": "b.jpg", "objects": [{"bbox": [1], "label": "cat"}, {"label": "cow, brown"}]})"
                        "\n");
  run("auto", {""});
  EXPECT_EQ(rows(), (ImportedRows{{"a.jpg", "cat|dog"}, {"b.jpg", "cat|cow, brown"}}));
}

TEST_F(ImportHuggingface, ReadsCsv) {
  put("train/metadata.csv", "label,file_name\n\"cat, black\",../a.jpg\n,../b.jpg\n");
  ImportRequest request{""};
  request.split = "train";
  run("huggingface", request);
  EXPECT_EQ(rows(), (ImportedRows{{"a.jpg", "cat, black"}, {"b.jpg", ""}}));
  put("metadata.csv", "file_name,kind\r\na.jpg,\"x, y\"\r\nb.jpg,\"[\"\"dog, wet\"\", \"\"z\"\"]\"\r\n");
  request = {""};
  request.column = "kind";
  run("huggingface", request);
  EXPECT_EQ(rows(), (ImportedRows{{"a.jpg", "x|y"}, {"b.jpg", "dog, wet|z"}}));
}

TEST_F(ImportHuggingface, ErrorsNameTheLine) {
  const std::pair<std::string, std::string> invalid[] = {
      {"{\"file_name\": \"a.jpg\", \"tags\": []}\n{", "metadata.jsonl:2: is not JSON: "},
      {"[]\n", "metadata.jsonl:1: is a JSON array, expected an object"},
      {"{\"tags\": []}\n", "metadata.jsonl:1: has no \"file_name\" that is a string"},
      {"{\"file_name\": \"a.jpg\", \"text\": \"x\", \"width\": 3}\n",
       "has no column named tags, labels, objects or the like: choose one of text, width with --column"},
      {"{\"file_name\": \"a.jpg\"}\n", "metadata.jsonl:1: has only the column file_name, and none with tags"},
      {"{\"file_name\": \"a.jpg\", \"label\": 3}\n",
       "metadata.jsonl:1: \"label\" is the number 3, and the file does not name the tag"},
      {"{\"file_name\": \"a.jpg\", \"tags\": true}\n",
       "metadata.jsonl:1: \"tags\" is a JSON boolean, expected a string or a list of strings"},
      {"{\"file_name\": \"a.jpg\", \"tags\": [[[[[\"x\"]]]]]}\n", "metadata.jsonl:1: \"tags\" nests its lists too deeply"},
      {"{\"file_name\": \"a.jpg\", \"objects\": {\"bbox\": []}}\n", "\"objects\" has an object without any of the keys"},
      {"{\"file_name\": \"a.jpg\", \"tags\": [\"a\\nb\"]}\n", "metadata.jsonl:1: byte 2 is a control character (code 10)"},
      {"{\"file_name\": \"a.jpg\", \"tags\": []}\n{\"file_name\": \"a.jpg\", \"tags\": \"x,,y\"}\n",
       "metadata.jsonl:2: has an empty tag"},
      {"{\"file_name\": \"\", \"tags\": []}\n", "metadata.jsonl:1: the file_name is empty"},
  };
  for (const auto& [text, message] : invalid) {
    put("metadata.jsonl", text);
    EXPECT_ERROR(kData, message, run("huggingface", {""}));
    EXPECT_EQ(folder.file_count(), 4) << text;
  }
  std::filesystem::remove(folder / "metadata.jsonl");
  put("metadata.csv", "name,tags\n");
  EXPECT_ERROR(kData, "metadata.csv:1: has no column \"file_name\"", run("huggingface", {""}));
  put("metadata.csv", "file_name,tags\na.jpg,x\na.jpg,\"x,,\"\n");
  EXPECT_ERROR(kData, "metadata.csv:3: has an empty tag", run("huggingface", {""}));
  put("metadata.csv", "file_name,tags\na.jpg,x,y\n");
  EXPECT_ERROR(kData, "metadata.csv:2: has 3 fields, but the heading has 2", run("huggingface", {""}));
  std::filesystem::remove(folder / "metadata.csv");
  EXPECT_ERROR(kData, "has no metadata.jsonl or metadata.csv", run("huggingface", {""}));
}

TEST_F(ImportHuggingface, ATextIsOneTagInAColumnNamedAsOne) {
  const std::pair<const char*, const char*> columns[] = {{"label", "cow, brown"},
                                                         {"category", "cow, brown"},
                                                         {"class", "cow, brown"},
                                                         {"labels", "cow|brown"},
                                                         {"classes", "cow|brown"}};
  for (const auto& [column, tags] : columns) {
    put("metadata.csv", std::string("file_name,") + column + "\na.jpg,\"cow, brown\"\n");
    run("huggingface", {"metadata.csv"});
    EXPECT_EQ(rows(), (ImportedRows{{"a.jpg", tags}})) << column;
  }
}

}  // namespace
}  // namespace tagloom::test
