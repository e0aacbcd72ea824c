// Seeds of the targets that read texts, weights and the files of a run.
#include "tests/fuzz/seeds.h"

#include "engine/io/safetensors.h"
#include "engine/optim/schedule.h"
#include "engine/run/run_log.h"
#include "engine/selection/tag_decisions.h"
#include "models/settings/settings.h"
#include "tests/engine/io/torch_files.h"
#include "tests/fuzz/memory_file.h"
#include "tools/bench/bench_report.h"

namespace tagloom::fuzz {
namespace {

using std::string_literals::operator""s;

const std::string kTags = "sky\nsea\nblue sky\nMöwe\n<a> & 'b' \"c\"\n";

Seeds safetensors_seeds() {
  const std::vector<float> values = {1, -2, 3.5f, 0};
  const auto bytes = std::as_bytes(std::span(values));
  const std::vector<SafetensorsEntry> entries = {
      {"fc.weight", SafetensorsType::kF32, {2, 2}, bytes},   {"h", SafetensorsType::kF16, {3}, bytes.first(6)},
      {"b", SafetensorsType::kBf16, {1, 2}, bytes.first(4)}, {"d", SafetensorsType::kF64, {}, bytes.first(8)},
      {"none", SafetensorsType::kI64, {0, 5}, {}},           {"flag", SafetensorsType::kBool, {1}, bytes.first(1)}};
  Seeds seeds;
  for (const bool checksum : {false, true}) {
    seeds.inputs.push_back(written([&](const std::string& path) {
      write_safetensors(path, entries, {{"format", "pt"}, {"note", "a \"b\" \xC3\xA9"}}, {.checksum = checksum});
    }));
    seeds.inputs.push_back(written([&](const std::string& path) { write_safetensors(path, {}, {}, {.checksum = checksum}); }));
  }
  seeds.words = {"\"dtype\":",
                 "\"shape\":",
                 "\"data_offsets\":",
                 "\"__metadata__\":",
                 "\"tagloom.checksum\"",
                 "\"F32\"",
                 "\"F64\"",
                 "\"I8\"",
                 "\"BF16\"",
                 "\"U64\"",
                 "[0,0]",
                 "9223372036854775807",
                 "\\u00e9",
                 "\\ud83d\\ude00"};
  return seeds;
}

Seeds torch_file_seeds() {
  const std::string bytes(16, '\1'), tensors = test::pickled_example();
  const std::string transposed = test::pickled_tensor(test::pickled_storage("HalfStorage", "1", 8), 1,
                                                      test::pickled_numbers({3, 2}), test::pickled_numbers({1, 3}));
  const std::string checkpoint =
      test::pickled_dict({{"epoch", "K\x03"},
                          {"optimizer", test::pickled_dict({{"lr", "G" + std::string(8, '\0')}, {"groups", "]"}})},
                          {"state_dict", test::pickled_dict({{"module.h", transposed}})}});
  Seeds seeds;
  for (const auto& [object, key] : {std::pair{tensors, "0"}, {checkpoint, "1"}}) {
    const bool half = key[0] == '1';
    seeds.inputs.push_back(test::old_layout(test::pickle(object), {{key, half ? 8u : 4u, bytes}}));
    seeds.inputs.push_back(
        test::zip_archive({{"a/data.pkl", test::pickle(object)}, {"a/byteorder", "little"}, {"a/data/"s + key, bytes}}));
  }
  seeds.words = {test::pickled_name("torch", "LongStorage"),
                 test::pickled_name("torch", "Size"),
                 test::pickled_name("torch", "Tensor"),
                 test::pickled_name("torch._utils", "_rebuild_tensor_v3"),
                 test::pickled_name("torch._utils", "_rebuild_parameter"),
                 test::pickled_name("torch._tensor", "_rebuild_from_type_v2"),
                 test::pickled_name("collections", "OrderedDict"),
                 test::pickled_name("torch.storage", "UntypedStorage"),
                 test::pickled_number(4),
                 "\x8c\x05model",
                 ")R",
                 "tQ",
                 "tR",
                 "(u",
                 "q\x01",
                 "h\x01",
                 "PK\x01\x02",
                 "PK\x05\x06",
                 "/data/0",
                 "data.pkl"};
  return seeds;
}

// Keys, and the words that settings take, quoted and not.
std::vector<std::string> setting_words() {
  std::vector<std::string> words = {
      "true", "false", "[0.1, 0.2, 0.3]", "-1",     "9223372036854775807", "1e308", "nan", "inf", "\"\"\"",
      "'''",  "0x1F",  "1979-05-27",      "\\u0041"};
  for (const Setting* setting : setting_table().rows()) {
    words.push_back(setting->key);
    for (const std::string& choice : setting->choices) words.push_back("\"" + choice + "\"");
  }
  for (const std::string& section : setting_table().sections()) words.push_back("[" + section + "]\n");
  return words;
}

std::vector<std::string> kind_names() { return setting_table().find("model.kind")->choices; }

Seeds config_seeds() {
  Seeds seeds{{"[data]\ntrain = \"a \\\"b\\\" \\u00e9\\n.tsv\" # comment\n[train]\nepochs = 3\n[optim]\nlearning_rate = 1e-3\n"
               "backbone.learning_rate = 0.5\n[backbone]\nmean = [1, 2.5, 3]\nstd = [1, 1, 1]\n",
               "model = { preset = \"dutta2020\" }\ntrain.seed = 0x10\n"},
              setting_words()};
  for (const std::string& kind : kind_names()) {
    std::vector<Assignment> assignments = {{"model.kind", SettingValue(kind), "seed"},
                                           {"train.best_by", SettingValue(std::string("f1_label")), "seed"},
                                           {"backbone.freeze", SettingValue(true), "seed"},
                                           {"backbone.finetune_after", SettingValue(int64_t{-1}), "seed"}};
    if (kind == "order_free") assignments.push_back({"backbone.layer", SettingValue(std::string("conv5_map")), "seed"});
    if (kind == "pretrained") assignments.push_back({"backbone.layer", SettingValue(std::string("logits")), "seed"});
    seeds.inputs.push_back(settings_to_toml(settings_from(assignments), {"seed", kind}));
  }
  return seeds;
}

Seeds set_option_seeds() {
  Seeds seeds{{"train.epochs=3\noptim.learning_rate=3e-4\nbackbone.mean=[1, 2, 3]\nbackbone.std=1,2,3\n",
               "data.train=a=b \"c\"\\\ndata.flip=true\ntrain.device=cuda:1\n", "model.preset=dutta2020\n"},
              setting_words()};
  for (const std::string& kind : kind_names()) seeds.inputs.push_back("model.kind=" + kind + "\ndecode.method=auto\n");
  return seeds;
}

Seeds suite_seeds() {
  return {
      {"name = \"s\"\ntitle = \"S\"\nseeds = 3\nset = { data.validation_fraction = 0, train.best_by = \"loss\" }\n"
       "[[table]]\nname = \"five\"\ntitle = \"Five\"\nset = { decode = { top_k = 5, selection = \"top_k\" } }\n"
       "columns = [\"p_label\", \"f1_label\"]\n"
       "[[row]]\nname = \"rank\"\ngroup = \"recurrent\"\nconfig = \"../rank.toml\"\nset = { backbone.mean = [1, 2, 3] }\n"
       "[[row]]\nname = \"greedy\"\nrun_of = \"rank\"\nset = { decode.method = \"greedy\" }\n"
       "[[row.published]]\nsource = \"X et al.\"\ndiffers = \"VGG\"\nfive = { p_label = 0.32, f1_label = 1 }\n"
       "[[row]]\nname = \"other\"\nconfig = \"o.toml\"\nseeds = 1\ntables = [\"five\"]\n"},
      {"[[table]]\n", "[[row]]\n", "[[row.published]]\n", "name = ", "title = ", "seeds = ", "set = ", "columns = ", "group = ",
       "config = ", "run_of = ", "tables = ", "source = ", "differs = ", "\"f1_label\"", "{ train.epochs = 2 }", "[1, 2]"}};
}

Seeds feature_cache_seeds() {
  std::string frame = "\x01"s + "\x02\0\0\0\0\0\0\0"s + "\x03\0\0\0\0\0\0\0"s;
  for (int i = 0; i < 24; ++i) frame += static_cast<char>(i);
  return {{frame + "\1\0"s, "\1"s + std::string(16, '\0'), "\0TLFEATUR\1\0\0\0\0\0\0\0"s}, {"TLFEATUR"}};
}

std::string tar_member(const std::string& name, const std::string& content, char type = '0') {
  std::string header(512, '\0');
  header.replace(0, name.size(), name).replace(100, 7, "0000644").replace(124, 11, format("{:011o}", content.size()));
  header.replace(148, 8, "        ").replace(257, 8, "ustar\00000"s);
  header[156] = type;
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, format("{:06o}", sum) + '\0');
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

Seeds pack_shard_seeds() {
  const std::string record = "19 path=long/4.jpg\n";
  return {{small_shard(),
           tar_member("3.cls", "7") + tar_member("3.jpeg", "p") + tar_member("x", record, 'x') + tar_member("4.jpg", "q"),
           tar_member("././@LongLink", "5.jpg\0"s, 'L') + tar_member("x", "r") + tar_member("6.jpg", "", '2') +
               tar_member("d/", "", '5')},
          {".jpg", ".json", "ustar\0", "0000000", "path=", "GNU.sparse.map=0,1\n", "SCHILY.realsize="}};
}

Seeds pack_index_seeds() {
  const std::vector<uint32_t> blocks = {1, 5}, sizes = {7, 1}, lengths = {5, 5}, counts = {2, 1};
  const std::vector<int32_t> tags = {0, 1, 1};
  const std::string paths = "a.jpgb.png", names = "sky\nsea\n";
  const auto list = [](const char* name, SafetensorsType type, const auto& values) {
    return SafetensorsEntry{name, type, {static_cast<int64_t>(values.size())}, std::as_bytes(std::span(values))};
  };
  const std::string shards =
      format(R"([{{"file": "{}", "bytes": {}, "pictures": 2, "hash": "0123456789abcdef"}}])", kSmallShard, small_shard().size());
  const std::vector<SafetensorsEntry> entries = {list("blocks", SafetensorsType::kU32, blocks),
                                                 list("sizes", SafetensorsType::kU32, sizes),
                                                 list("path_lengths", SafetensorsType::kU32, lengths),
                                                 list("tag_counts", SafetensorsType::kU32, counts),
                                                 list("tags", SafetensorsType::kI32, tags),
                                                 list("paths", SafetensorsType::kU8, paths),
                                                 list("tag_names", SafetensorsType::kU8, names)};
  Seeds seeds;
  seeds.inputs.push_back(written([&](const std::string& path) {
    write_safetensors(path, entries, {{"tagloom.pack", "1"}, {"tagloom.shards", shards}}, {.checksum = false});
  }));
  seeds.words = {"\"tagloom.shards\":", "\\\"pictures\\\": ", "\\\"bytes\\\": ", "\"shape\":", "\"data_offsets\":"};
  return seeds;
}

Seeds shard_index_seeds() {
  return {{R"({"metadata": {"total_size": 16}, "weight_map": {"w": "a.safetensors"}})", R"({"weight_map": {"w": "b.pth"}})",
           R"({"weight_map": {"w": "index.json"}})"},
          {"\"weight_map\":", "\"../b.pth\"", "\"b.pth\"", "\"a.safetensors\"", "\\u0000", "\\ud800"}};
}

Seeds run_log_seeds() {
  const std::vector<RunRecord> records = {{12, 1, "train", {{"loss", 0.6131}, {"learning_rate", 1e-4}}},
                                          {24, 2, "validation", {{"loss", std::nan("")}, {"f1_label", 0.371}}}};
  std::string text;
  for (const RunRecord& record : records) text += run_record_line(record) + "\n";
  return {{text, text + "{\"step\":36,\"epo"},
          {"\"step\":", "\"epoch\":", "\"split\":", "null", "1e999", "18446744073709551615", "-1"}};
}

Seeds baseline_seeds() {
  std::vector<BenchResult> results = {
      {.name = "gemm 1", .flops = 2e6, .timing = {.median = 1e-4, .least = 1e-4, .samples = 3, .calls = 2}},
      {.name = "broken", .verdict = {.wrong = "at [4]"}}};
  return {{bench_json({.version = "0.1.0", .date = "2026-11-23T12:00:00Z", .kind = "cpu"}, results, Roofs({}, 0))},
          {"\"seconds\":", "\"rows\":", "\"name\":", "\"kind\":", "\"date\":", "1e999", "null", "-0.0"}};
}

}  // namespace

std::string small_shard() {
  return tar_member("a/1.jpg", "picture") + tar_member("a/1.json", R"({"path": "a.jpg", "tags": ["sky"]})") +
         tar_member("2.PNG", "p") + tar_member("2.txt", "sky,sea\n") + std::string(1024, '\0');
}

std::map<std::string, Seeds> all_seeds() {
  const std::vector<std::string> json = {"\"path\":", "\"tags\":", "\\u0000", "\\ud800", "\\ud83d\\ude00", "null", "[]", "{}"};
  std::map<std::string, Seeds> seeds = picture_seeds();
  seeds.merge(import_seeds());
  seeds["safetensors"] = safetensors_seeds();
  seeds["torch_file"] = torch_file_seeds();
  seeds["config"] = config_seeds();
  seeds["set_option"] = set_option_seeds();
  seeds["suite"] = suite_seeds();
  seeds["feature_cache"] = feature_cache_seeds();
  seeds["pack_shard"] = pack_shard_seeds();
  seeds["pack_index"] = pack_index_seeds();
  seeds["shard_index"] = shard_index_seeds();
  seeds["run_log"] = run_log_seeds();
  seeds["baseline"] = baseline_seeds();
  seeds["manifest_tsv"] = {{"a.jpg\tsky,sea\nb c.jpg\t\n\nx\tsky , sky\r\n",
                            "\xEF\xBB\xBF"
                            "a\tMöwe",
                            "\"a\tb\nc\"\t\"x, y\" , \"say \"\"z\"\"\"\nd\t5\"\n"},
                           {"\t", ",", "\"", "\"\"", "\r\n", "\xEF\xBB\xBF"}};
  seeds["manifest_csv"] = {{"path,tags\na.jpg,\"sky,sea\"\n\"b \"\"c\"\".jpg\",x;y\r\n\nd,\n",
                            "\xEF\xBB\xBF"
                            "a,b",
                            "path,tag,score\na.jpg,sky,0.9\n\"b,\n\",,\na.jpg,\"x, y\",1\n"},
                           {"\"\"", "\",\"", ";", "path,tags\n", "path,tag,score\n", "\r\n"}};
  seeds["manifest_jsonl"] = {
      {"{\"path\": \"a.jpg\", \"tags\": [\"sky\", \"sea\"]}\n\n{\"tags\":[],\"path\":\"b\\u00e9\",\"x\":{\"y\":[1]}}\r\n",
       "{\"path\": \"caf\uFFFD\", \"path_bytes\": \"Y2Fm6Q==\", \"tags\": [{\"tag\": \"sky\", \"score\": 0.9}]}\n"},
      json};
  seeds["tag_rules"] = {
      {"\0# mine\n\nblue sky\nsea*  # all\r\n\"#1, \"\"a\"\" * = b\"\n"s,
       "\1dog = Animals|Dog, Pets # both\n\"a = b\"=\"x|y, z\" | q\n", "\2* = 0.5\ndog=.25\n\"a = b\" = 1e-3\n"},
      {"\"", "\"\"", " = ", "|", ", ", " #", "*", "?"}};
  seeds["vocabulary"] = {{kTags, "\xEF\xBB\xBFsky\r\nsea"}, {"\n", "\r\n", "\xEF\xBB\xBF"}};
  seeds["xmp"] = {{kTags, "]]>\n&amp;\n--\n"}, {"<", ">", "&", "]]>", "\xEF\xBF\xBE", "\xC2\x80"}};
  const std::string description =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
      "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"";
  const std::string end = "</rdf:Description></rdf:RDF></x:xmpmeta>";
  seeds["sidecar"] = {
      {description + "><dc:subject><rdf:Bag><rdf:li xml:lang=\"en\">a&amp;b</rdf:li></rdf:Bag></dc:subject>" + end,
       description + "><dc:subject/><dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">t</rdf:li></rdf:Alt></dc:title>" + end,
       description + " dc:subject=\"one\">" + end,
       description + "><dc:subject rdf:parseType=\"Resource\"><rdf:value>v</rdf:value><dc:by>me</dc:by></dc:subject>" + end},
      {"<rdf:Seq>", "<rdf:li>", "<![CDATA[", "&#38;", "rdf:resource=\"\"", "xmlns:rdf=\"\"", "<!DOCTYPE", "<?xpacket",
       "xml:lang"}};
  seeds["report"] = {{kTags + kTags + kTags + kTags, "a\n<b>\n&\n\"\n'\n"},
                     {"<", ">", "&", "\"", "'", "</script>", "<!--", "]]>"}};
  seeds["utf8"] = {{kTags, "\xE2\x82\xAC\xF0\x9F\x98\x80\xC2\xA0", std::string(2500, 'x')},
                   {"\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\x80", "\xEF\xBF\xBF"}};
  seeds["decisions"] = {
      {decisions_text({{0.5f, 1, 0, 0.5f}, {0.25f, 2, -1, 0.1f}, {0.125f, 0.5, 1e-3, 0.75f}}, {"sky", "sea", "blue sky"}, "")},
      {"\t", "nan", "inf", "-inf", "1e999", "1e-320", "0x1p-3"}};
  seeds["suite_record"] = {
      {"{\"trained\":true,\"seconds\":12.5,\"evaluations\":{\"decode.top_k=5\":{\"pictures\":499,\"metrics\":"
       "{\"f1_label\":0.25,\"loss\":null},\"definitions\":{\"relevance\":\"log2\"}}}}"},
      {"\"pictures\":", "\"metrics\":", "\"definitions\":", "\"evaluations\":", "\"trained\":", "null", "1e300", "-1"}};
  seeds["plan_file"] = {{"\1plan 38 2=1,7=16 0.000123 conv2d_forward bf16+bias n=32\nplan 1 - 1e-05 gemm\n", "\1",
                         "\0tagloom plans 1\nowner fuzz\n"s},
                        {"plan ", " - ", "=", ",", "0x1p-9", "nan", "sum ", "owner fuzz\n"}};
  seeds["checkpoint"] = {{"3 17 350 300 0x1.8p+3 544 1 0x1p-2 2\n0x1p+0 inf 0\n350 \n350\n",
                          "0 0 0 0 0x0p+0 0 0 0x0p+0 -1\n0x1p-1 0x1p-1 2\n0 \n0\n"},
                         {"nan", "inf", "-1", "9223372036854775808", "0x1p+1023", "0x1p-1074"}};
  return seeds;
}

}  // namespace tagloom::fuzz
