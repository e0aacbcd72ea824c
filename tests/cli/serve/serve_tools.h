#pragma once
// The fixture for tests of tagserve: a run, its pictures, and a server that several tests share.
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/cli/train_tools.h"
#include "tests/support/background_program.h"
#include "tests/support/http_client.h"

namespace tagloom::test {

// A tagserve on a free port.
class Server {
 public:
  explicit Server(const std::string& run, const std::vector<std::string>& more = {},
                  const std::map<std::string, std::string>& environment = {})
      : program_(words(run, more), environment) {
    const std::string start = "url=http://127.0.0.1:";
    EXPECT_TRUE(program_.wait_for("url=")) << program_.err();
    if (program_.out().starts_with(start)) port_ = std::stoi(program_.out().substr(start.size()));
  }
  int port() const { return port_; }
  BackgroundProgram& program() { return program_; }
  ClientResponse fetch(const ClientRequest& request) const { return test::fetch(port_, request); }
  ClientResponse tag(const std::string& picture, const std::string& query = "") const {
    return fetch({.method = "POST", .target = "/tag" + query, .fields = {}, .body = picture});
  }
  // The value of a metric; -1 if there is none.
  double metric(const std::string& name) const {
    const std::string text = "\n" + fetch({.target = "/metrics"}).body;
    const size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  }

 private:
  static std::vector<std::string> words(const std::string& run, const std::vector<std::string>& more) {
    std::vector<std::string> words{"tagserve", run, "--port", "0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  BackgroundProgram program_;
  int port_ = 0;
};

class ServeTools : public TrainTools {
 protected:
  void SetUp() override {
    if (built_programs().find("tagserve") == std::string::npos) GTEST_SKIP() << "this build has no tagserve";
  }
  static void TearDownTestSuite() {
    shared_.reset();
    TrainTools::TearDownTestSuite();
  }
  static Server& shared() {
    if (!shared_) shared_ = std::make_unique<Server>(finished(), std::vector<std::string>{"--batch", "8"});
    return *shared_;
  }
  // The bytes of the test pictures.
  static std::vector<std::string> pictures() {
    std::vector<std::string> contents;
    for (const std::string& file : picture_files()) contents.push_back(read_whole_file(file));
    return contents;
  }
  static std::vector<std::string> picture_files() {
    std::istringstream lines(read_whole_file(path("scenes/test.tsv")));
    std::vector<std::string> files;
    for (std::string line; std::getline(lines, line);) files.push_back(path("scenes/" + line.substr(0, line.find('\t'))));
    return files;
  }
  // The "tags" that tagpredict prints for each picture in a batch of one.
  static std::vector<std::string> predicted(const std::vector<std::string>& more = {}) {
    return tags_of_lines(picture_files(), 1, more);
  }
  // For each picture, the "tags" in batches of 1 to `most` copies of it. The last bits of the scores depend on the batch size, because the
  // order of summation in matrix products does.
  static std::vector<std::set<std::string>> predicted_in_batches(int most) {
    const std::vector<std::string> files = picture_files();
    std::vector<std::set<std::string>> tags(files.size());
    for (int size = 1; size <= most; ++size) {
      std::vector<std::string> copies;
      for (size_t i = 0; i < files.size(); ++i) {
        for (int k = 0; k < size; ++k) {
          copies.push_back(path("copy" + std::to_string(i) + "_" + std::to_string(k) + ".jpg"));
          std::filesystem::copy_file(files[i], copies.back(), std::filesystem::copy_options::overwrite_existing);
        }
      }
      const std::vector<std::string> lines = tags_of_lines(copies, size, {});
      EXPECT_EQ(lines.size(), copies.size());
      for (size_t i = 0; i < lines.size(); ++i) tags[i / static_cast<size_t>(size)].insert(lines[i]);
    }
    return tags;
  }
  static std::string tags_of(const ClientResponse& response) {
    const auto body = nlohmann::ordered_json::parse(response.body, nullptr, false);
    return body.is_object() && body.contains("tags") ? body["tags"].dump() : response.body;
  }

 private:
  static std::vector<std::string> tags_of_lines(const std::vector<std::string>& files, int batch,
                                                const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "tagpredict", finished(), "--format", "jsonl", "-q", "--set", "eval.batch_size=" + std::to_string(batch)};
    words.insert(words.end(), files.begin(), files.end());
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.code, 0) << result.err;
    std::istringstream lines(result.out);
    std::vector<std::string> tags;
    for (std::string line; std::getline(lines, line);) {
      if (const auto object = nlohmann::ordered_json::parse(line); object.contains("tags")) tags.push_back(object["tags"].dump());
    }
    return tags;
  }

  static inline std::unique_ptr<Server> shared_;
};

// The Content-Type of a multipart body, and the part of one file. The body ends with "--xyz--".
inline constexpr char kFormType[] = "multipart/form-data; boundary=xyz";
inline std::string form_file(const std::string& name, const std::string& content) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n";
}

}  // namespace tagloom::test
