// Malicious and damaged .pth files: each must be rejected with a message that explains why, and nothing of it is ever run.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/io/torch/torch_file.h"
#include "tests/engine/io/torch_files.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

using std::string_literals::operator""s;

struct TorchAttack {
  const char* name;
  std::string file;
  std::string reason;
};

const std::string kBytes(16, '\1');

TorchTensors read(const std::string& file) { return read_torch_file(std::as_bytes(std::span(file)), "attack.pth"); }

// A file whose object is this part of a pickle.
std::string with(const std::string& value) { return test::old_layout(test::pickle(value), {{"0", 4, kBytes}}); }
std::string with_tensor(const std::string& storage, int64_t offset, const std::string& shape, const std::string& stride) {
  return with(test::pickled_dict({{"w", test::pickled_tensor(storage, offset, shape, stride)}}));
}
std::string repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}
std::string archive(const std::vector<test::ZipEntry>& more, const std::string& object = test::pickle(test::pickled_example())) {
  std::vector<test::ZipEntry> entries = {{"a/data.pkl", object}};
  entries.insert(entries.end(), more.begin(), more.end());
  return test::zip_archive(entries);
}

// Elements `offset` … of storage "0".
std::string view(int64_t offset, int64_t count) {
  const std::string view =
      test::pickled_tuple({test::pickled_text("v"), test::pickled_number(offset), test::pickled_number(count)});
  return test::pickled_tuple({test::pickled_text("storage"), test::pickled_name("torch", "FloatStorage"), test::pickled_text("0"),
                              test::pickled_text("cpu"), test::pickled_number(4), view}) +
         "Q";
}
// A tensor on an untyped storage of 16 bytes.
std::string typed_tensor(const std::string& dtype, int64_t count) {
  const std::string storage =
      test::pickled_tuple({test::pickled_text("storage"), test::pickled_name("torch.storage", "UntypedStorage"),
                           test::pickled_text("0"), test::pickled_text("cpu"), test::pickled_number(16)}) +
      "Q";
  return test::pickled_name("torch._utils", "_rebuild_tensor_v3") +
         test::pickled_tuple({storage, test::pickled_number(0), test::pickled_numbers({count}), test::pickled_numbers({1}),
                              "\x89", test::pickled_name("collections", "OrderedDict") + ")R",
                              test::pickled_name("torch", dtype)}) +
         "R";
}

const std::string kStorage = test::pickled_storage("FloatStorage", "0", 4);

void expect_rejected(const std::vector<TorchAttack>& attacks) {
  for (const TorchAttack& attack : attacks) {
    SCOPED_TRACE(attack.name);
    EXPECT_ERROR(kData, "attack.pth: ", read(attack.file));
    EXPECT_ERROR(kData, attack.reason, read(attack.file));
  }
}

TEST(TorchAttacks, TheUndamagedFilesAreRead) {
  for (const std::string& file : {with(test::pickled_example()), archive({{"a/data/0", kBytes}})}) {
    const TorchTensors torch = read(file);
    ASSERT_EQ(torch.tensors.entries().size(), 1u);
    EXPECT_EQ(torch.tensors.require("w").shape, (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(torch.tensors.require("w").bytes.size(), kBytes.size());
  }
}

TEST(TorchAttacks, ViewsAndUntypedStoragesAreRead) {
  std::string bytes;
  for (char i = 0; i < 16; ++i) bytes += i;
  const std::string of_view = test::pickled_tensor(view(1, 3), 1, test::pickled_numbers({2}), test::pickled_numbers({1}));
  const std::string object = test::pickled_dict({{"view", of_view}, {"twice", "N"}, {"twice", of_view}});
  const std::string old = test::old_layout(test::pickle(object), {{"0", 4, bytes}});
  const auto bytes_of = [](const TorchTensors& torch, const char* name) {
    const std::vector<std::byte> read = row_major_bytes(torch.tensors.require(name));
    return std::string(reinterpret_cast<const char*>(read.data()), read.size());
  };
  EXPECT_EQ(bytes_of(read(old), "view"), bytes.substr(8)) << "element 1 of a view that begins at 1";
  EXPECT_EQ(read(old).tensors.entries().size(), 2u);
  const std::string first = test::pickled_tensor(kStorage, 0, test::pickled_numbers({1}), test::pickled_numbers({1}));
  const std::string later = test::old_layout(test::pickle(test::pickled_dict({{"w", of_view}, {"w", first}})), {{"0", 4, bytes}});
  EXPECT_EQ(bytes_of(read(later), "w"), bytes.substr(0, 4)) << "the later of two values, as in Python";
  const std::string typed = archive({{"a/data/0", bytes}}, test::pickle(test::pickled_dict({{"w", typed_tensor("float64", 2)}})));
  EXPECT_EQ(bytes_of(read(typed), "w"), bytes);
}

TEST(TorchAttacks, PythonObjects) {
  const auto call = [](const std::string& module, const std::string& name) {
    return with(test::pickled_name(module, name) + test::pickled_tuple({test::pickled_text("touch /tmp/x")}) + "R");
  };
  const std::string exec = test::pickled_name("builtins", "exec");
  expect_rejected({
      {"os.system", call("os", "system"), "a Python object of type os.system, but only tensors"},
      {"posix.system", call("posix", "system"), "of type posix.system"},
      {"builtins.eval", call("builtins", "eval"), "of type builtins.eval"},
      {"getattr", call("builtins", "getattr"), "of type builtins.getattr"},
      {"numpy scalar", call("numpy.core.multiarray", "scalar"), "of type numpy.core.multiarray.scalar"},
      {"a module's part of an allowed name", call("torch._utils._rebuild_tensor_v2", "__globals__"), "__globals__"},
      {"an allowed module", call("torch", "load"), "of type torch.load"},
      {"an allowed name of another module", call("os", "OrderedDict"), "of type os.OrderedDict"},
      {"never called", with(exec), "of type builtins.exec"},
      {"as a key", with("}" + exec + "Ns"), "of type builtins.exec"},
      {"in an optimizer's state", with(test::pickled_dict({{"optimizer", exec}, {"state_dict", test::pickled_example()}})),
       "of type builtins.exec"},
      {"from the stack", with(test::pickled_text("os") + test::pickled_text("system") + "\x93"), "of type os.system"},
      {"a name with escapes", with(test::pickled_name("os\x1b[2J", "system")), "of type os\\x1b[2J.system"},
      {"INST", with("(ios\nsystem\n"), "is instruction 105, which PyTorch's files do not have"},
      {"OBJ", with("(" + test::pickled_name("torch", "Size") + "o"), "is instruction 111"},
      {"NEWOBJ", with(test::pickled_name("torch", "Size") + ")\x81"), "is instruction 129"},
      {"NEWOBJ_EX", with(test::pickled_name("torch", "Size") + ")}\x92"), "is instruction 146"},
      {"EXT1", with("\x82\x01"), "is instruction 130"},
      {"a network",
       with(test::pickled_tuple({test::pickled_text("module"), test::pickled_name("torch", "Size"), "N", "N"}) + "Q"),
       "torch.nn.Module"},
      {"PERSID as text", with("Pstorage\n"), "is instruction 80"},
      {"unknown instruction", with("\xff"), "is instruction 255"},
      {"text protocol", with("I1\n"), "is instruction 73"},
      {"protocol 9", test::old_layout("\x80\x09N.", {}), "protocol 9, not 2 to 5"},
  });
}

TEST(TorchAttacks, Calls) {
  const std::string rebuild = test::pickled_name("torch._utils", "_rebuild_tensor_v2");
  const std::string from_type = test::pickled_name("torch._tensor", "_rebuild_from_type_v2");
  const std::string tensor_class = test::pickled_name("torch", "Tensor");
  std::string chain = from_type;  // a call inside a call inside a call ...
  for (int i = 0; i < 1000; ++i) chain += "(" + from_type + tensor_class;
  chain += ")" + repeat("Nt", 1000) + "R";
  const std::string pairs = "](" + repeat("]KaaKba"s, 2000) + "e";
  expect_rejected({
      {"a called text", with(test::pickled_text("os") + ")R"), "calls a value that is not a function"},
      {"a called result", with(test::pickled_name("collections", "OrderedDict") + ")R)R"),
       "calls a value that is not a function"},
      {"arguments that are a list", with(rebuild + "]R"), "calls a value that is not a function"},
      {"a called storage class", with(test::pickled_name("torch", "FloatStorage") + ")R"),
       "calls a value that is not a function"},
      {"no arguments", with(rebuild + ")R"), "no storage or no offset"},
      {"a parameter of a text", with(test::pickled_name("torch._utils", "_rebuild_parameter") + "(K\x01tR"),
       "a parameter is not a tensor"},
      {"chain of calls", with(chain), "a function that does not make tensors"},
      {"a call that names itself", with(from_type + "(" + from_type + tensor_class + ")NtR"),
       "a function that does not make tensors"},
      {"a chain of calls of results", with(rebuild + repeat("(NtR", 5)), "no storage or no offset"},
      {"state of a number", with("K\x01}b"), "sets the state of a value that has none"},
      {"a list copied again and again",
       with(pairs +
            "q\x01"
            "0" +
            repeat(test::pickled_name("collections", "OrderedDict") + "(h\x01tR0", 2000) + "}"),
       "copies the same values again and again"},
      {"shapes copied again and again",
       with(test::pickled_numbers(std::vector<int64_t>(64, 1)) +
            "q\x01"
            "0" +
            kStorage +
            "q\x02"
            "0" +
            rebuild +
            "q\x03"
            "0" +
            repeat("h\x03(h\x02K\x00h\x01h\x01tR0"s, 3000) + "}"),
       "copies the same values again and again"},
  });
}

TEST(TorchAttacks, UnusualTensors) {
  const auto call = [](const std::string& name) {
    return with("}" + test::pickled_text("w") + test::pickled_name("torch._utils", name) + ")Rs");
  };
  const std::string complex = test::pickled_tensor(test::pickled_storage("ComplexFloatStorage", "0", 2), 0,
                                                   test::pickled_numbers({2}), test::pickled_numbers({1}));
  expect_rejected({
      {"quantised", call("_rebuild_qtensor"), "contains a quantised tensor, but only ordinary ones are read"},
      {"sparse", call("_rebuild_sparse_tensor"), "contains a sparse tensor"},
      {"sparse rows", call("_rebuild_sparse_csr_tensor"), "contains a sparse tensor"},
      {"nested", call("_rebuild_nested_tensor"), "contains a special tensor"},
      {"complex", archive({}, test::pickle(test::pickled_dict({{"w", complex}}))),
       "tensor \"w\" has a type that is not read, such as complex or float8"},
  });
}

TEST(TorchAttacks, Stacks) {
  std::string unfinished = test::old_layout("\x80\x02}", {});
  unfinished.resize(unfinished.size() - test::pickle("](e").size());
  std::string other_version = with(test::pickled_example());
  other_version[other_version.find("M\xe9\x03") + 1] = '\xea';
  std::string forgotten = with(test::pickled_example() + "q\x05");  // the list of storages reads a slot of the pickle before it
  forgotten.resize(forgotten.size() - kBytes.size() - 8 - test::pickle("](" + test::pickled_text("0") + "e").size());
  forgotten += test::pickle("h\x05");
  expect_rejected({
      {"empty", test::old_layout(test::pickle(""), {}), "ends with 0 values"},
      {"two values", test::old_layout(test::pickle("NN"), {}), "ends with 2 values"},
      {"take from nothing", with("a"), "appends to a value that is not a list"},
      {"pop nothing", with("0"), "takes a value that is not there"},
      {"mark as a value", with("]("), "ends with 2 values"},
      {"append a mark", with("](a"), "contains an unfinished one"},
      {"tuple of a mark", with("(\x85"), "contains an unfinished one"},
      {"end without a beginning", with("Nt"), "ends a list that it did not begin"},
      {"append to a tuple", with(")Na"), "appends to a value that is not a list"},
      {"item of a list", with("]NNs"), "sets an item of a value that is not a dictionary"},
      {"key without a value", with("}(Nu"), "sets a key without a value"},
      {"empty slot", with("h\x07"), "reads slot 7, which holds nothing"},
      {"slot of another pickle", with("h\x00"s), "holds nothing"},
      {"slot of the pickle before", forgotten, "reads slot 5, which holds nothing"},
      {"another version", other_version, "its version is 1002, but that of PyTorch's files is 1001"},
      {"text past the end", with("X\xff\xff\xff\xff"), "its pickle ends after"},
      {"text of 2^63 bytes", with("\x8d" + test::little_endian(uint64_t{1} << 63, 8)), "its pickle ends after"},
      {"bytes of 2^64-1 bytes", with("\x8e" + std::string(8, '\xff')), "its pickle ends after"},
      {"number of 2^32-1 bytes", with("\x8b\xff\xff\xff\xff"), "its pickle ends after"},
      {"name without an end", with("cos"), "its pickle ends"},
      {"no end", unfinished, "its pickle ends after"},
      {"a list that contains itself",
       with("]q\x00h\x00"
            "a"s),
       "contains no dictionary of tensors"},
      {"a dictionary that contains itself", with("}q\x00X\x05\x00\x00\x00modelh\x00s"s), "contains no tensors under a key"},
      {"no dictionary", with("K\x01"), "contains no dictionary of tensors"},
      {"no tensors", with(test::pickled_dict({{"epoch", "K\x01"}, {"net_g", "}"}})), "its keys are \"epoch\", \"net_g\""},
  });
}

TEST(TorchAttacks, TensorsOutsideTheirStorage) {
  const std::string square = test::pickled_numbers({2, 2}), strides = test::pickled_numbers({2, 1});
  const int64_t huge = int64_t{1} << 62;
  expect_rejected({
      {"offset", with_tensor(kStorage, 1, square, strides), "a tensor reaches beyond its storage of 4 elements"},
      {"negative offset", with_tensor(kStorage, -1, square, strides), "reaches beyond"},
      {"offset of an empty tensor", with_tensor(kStorage, 5, test::pickled_numbers({0}), test::pickled_numbers({1})),
       "reaches beyond"},
      {"shape", with_tensor(kStorage, 0, test::pickled_numbers({5}), test::pickled_numbers({1})), "reaches beyond"},
      {"stride", with_tensor(kStorage, 0, square, test::pickled_numbers({3, 1})), "reaches beyond"},
      {"shape that overflows", with_tensor(kStorage, 0, test::pickled_numbers({huge, huge}), test::pickled_numbers({0, 0})),
       "reaches beyond"},
      {"stride that overflows", with_tensor(kStorage, 0, square, test::pickled_numbers({huge, huge})), "reaches beyond"},
      {"sum that overflows", with_tensor(kStorage, huge, square, test::pickled_numbers({huge, 1})), "reaches beyond"},
      {"an empty shape that overflows",
       with_tensor(kStorage, 0, test::pickled_numbers({huge, huge, 0}), test::pickled_numbers({1, 1, 1})), "reaches beyond"},
      {"an empty stride that overflows",
       with_tensor(kStorage, 0, test::pickled_numbers({0, 4}), test::pickled_numbers({1, huge})), "reaches beyond"},
      {"a bomb of one element", with_tensor(kStorage, 0, test::pickled_numbers({1 << 30}), test::pickled_numbers({0})),
       "repeats the 4 elements of its storage"},
      {"negative stride", with_tensor(kStorage, 0, square, test::pickled_numbers({2, -1})), "is not a number from 0"},
      {"negative size", with_tensor(kStorage, 0, test::pickled_numbers({-2, 2}), strides), "is not a number from 0"},
      {"more sizes than strides", with_tensor(kStorage, 0, square, test::pickled_numbers({1})), "2 sizes but 1 strides"},
      {"65 axes", with_tensor(kStorage, 0, test::pickled_numbers(std::vector<int64_t>(65, 1)), strides), "at most 64 numbers"},
      {"shape of texts", with_tensor(kStorage, 0, test::pickled_tuple({test::pickled_text("2")}), strides),
       "is not a number from 0"},
      {"negative size of one byte",
       with(test::pickled_dict(
           {{"w", test::pickled_tensor(kStorage, 0, test::pickled_tuple({"\x8a\x01\xff"}), test::pickled_numbers({1}))}})),
       "is not a number from 0"},
      {"a view beyond its storage", with_tensor(view(0, 5), 0, square, strides), "a view reaches beyond its storage"},
      {"a view that begins late", with_tensor(view(3, 2), 0, square, strides), "a view reaches beyond its storage"},
      {"a view before its storage", with_tensor(view(-1, 2), 0, square, strides), "a view reaches beyond its storage"},
      {"a tensor beyond its view's storage", with_tensor(view(1, 3), 0, square, strides), "reaches beyond its storage"},
      {"a tensor beyond an untyped storage",
       archive({{"a/data/0", kBytes}}, test::pickle(test::pickled_dict({{"w", typed_tensor("float64", 3)}}))),
       "reaches beyond its storage of 2 elements"},
      {"no storage", with_tensor("N", 0, square, strides), "no storage or no offset"},
      {"a storage that the file lacks", with_tensor(test::pickled_storage("FloatStorage", "1", 4), 0, square, strides),
       "storage \"0\" belongs to no tensor"},
      {"a storage of another size", with_tensor(test::pickled_storage("FloatStorage", "0", 5), 0, square, strides),
       "has 4 elements, but its tensors state 5"},
      {"a storage of another type", with_tensor(test::pickled_storage("DoubleStorage", "0", 4), 0, square, strides),
       "should have 32 bytes"},
      {"two types of a storage",
       with(
           test::pickled_dict({{"v", test::pickled_tensor(kStorage, 0, square, strides)},
                               {"w", test::pickled_tensor(test::pickled_storage("DoubleStorage", "0", 4), 0, square, strides)}})),
       "missing or has another size"},
      {"a storage of 2^62 elements", with_tensor(test::pickled_storage("FloatStorage", "0", huge), 0, square, strides),
       "state 4611686018427387904"},
      {"an untyped storage without a type",
       with_tensor(test::pickled_tuple({test::pickled_text("storage"), test::pickled_name("torch.storage", "UntypedStorage"),
                                        test::pickled_text("0"), test::pickled_text("cpu"), test::pickled_number(16)}) +
                       "Q",
                   0, square, strides),
       "disagree about its type"},
      {"negative count", with_tensor(test::pickled_storage("FloatStorage", "0", -4), 0, square, strides),
       "that is not a storage"},
      {"truncated", with(test::pickled_example()).substr(0, with(test::pickled_example()).size() - 1),
       "but the file ends after 15"},
      {"big-endian", test::old_layout(test::pickle(test::pickled_example()), {{"0", 4, kBytes}}, false), "big-endian"},
  });
}

TEST(TorchAttacks, Archives) {
  const test::ZipEntry data{"a/data/0", kBytes};
  std::vector<std::pair<std::string, std::string>> dict;
  std::vector<test::ZipEntry> entries;
  const std::string bytes(4000, '\1');
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    entries.push_back({"a/data/" + key, bytes, 0, -1, 0, 0, i > 0});
    dict.emplace_back("w" + key, test::pickled_tensor(test::pickled_storage("FloatStorage", key, 1000), 0,
                                                      test::pickled_numbers({1000}), test::pickled_numbers({1})));
  }
  const std::string overlapping = archive(entries, test::pickle(test::pickled_dict(dict)));
  expect_rejected({
      {"no storage", archive({}), "contains no \"data/0\""},
      {"no pickle", test::zip_archive({{"a/weights", "x"}}), "contains no data.pkl"},
      {"damaged storage", archive({{"a/data/0", kBytes, 0, -1, 1}}), "\"data/0\" cannot be read"},
      {"compressed storage", archive({{"a/data/0", kBytes, 8}}), "\"data/0\" is compressed or encrypted"},
      {"storage shorter than stated", archive({{"a/data/0", kBytes.substr(1)}}), "should have 16 bytes, but the archive has 15"},
      {"storage longer than stated", archive({{"a/data/0", kBytes + "x"}}), "should have 16 bytes, but the archive has 17"},
      {"many storages in the same bytes", overlapping, "the files of its zip archive are larger than the archive"},
      {"size of 2 GB", archive({{"a/data/0", kBytes, 0, 0x7fffffff}}), "attack.pth: "},
      {"encrypted storage", archive({{"a/data/0", kBytes, 0, -1, 0, 1}}), "\"data/0\" is compressed or encrypted"},
      {"a name twice", archive({data, data}), "contains \"data/0\" twice"},
      {"two archives in one", archive({{"b/data/0", kBytes}}), "contains both \"a/\" and \"b/data/0\""},
      {"path out of the archive", archive({{"../data/0", kBytes}}), "contains both \"a/\" and \"../data/0\""},
      {"path trick in a key",
       archive({data}, test::pickle(test::pickled_dict(
                           {{"w", test::pickled_tensor(test::pickled_storage("FloatStorage", "../../etc/passwd", 4), 0,
                                                       test::pickled_numbers({4}), test::pickled_numbers({1}))}}))),
       "contains no \"data/../../etc/passwd\""},
      {"big-endian", archive({data, {"a/byteorder", "big"}}), "big-endian"},
      {"TorchScript", archive({data, {"a/code/__torch__.py", "import os"}}), "a TorchScript program"},
      {"TorchScript's constants", archive({data, {"a/constants.pkl", "x"}}), "a TorchScript program"},
      {"only a beginning", "PK\x03\x04", "its zip archive cannot be read"},
      {"without its directory", archive({data}).substr(0, 200), "its zip archive cannot be read"},
  });
}

// Values that are shared or nested again and again cost no more than their bytes, and end without exhausting the stack.
TEST(TorchAttacks, BombsStaySmall) {
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  std::string doubling = "]q\x01";  // each list contains the one before it twice: 2^50000 leaves
  for (int i = 0; i < 50'000; ++i)
    doubling +=
        "0](h\x01h\x01"
        "eq\x01";
  const std::string deep_lists = repeat("]", 300'000) + repeat("a", 299'999);
  const std::string deep_tuples = ")" + repeat("\x85", 300'000);
  for (const std::string& bomb : {doubling, deep_lists, deep_tuples}) {
    EXPECT_ERROR(kData, "contains no dictionary of tensors", read(with(bomb)));
    EXPECT_EQ(read(with(test::pickled_dict({{"extra", bomb}, {"state_dict", test::pickled_example()}}))).wrapper, "state_dict");
  }
  EXPECT_ERROR(kData, "its pickle has more than 16 MB", read(with(repeat("N0", 9'000'000))));
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 600 * 1024) << "KiB";
}

TEST(TorchAttacks, TruncatedFilesAreRejected) {
  for (const std::string& file : {with(test::pickled_example()), archive({{"a/data/0", kBytes}})}) {
    for (size_t size = 0; size < file.size(); ++size) {
      const std::string part = file.substr(0, size);
      SCOPED_TRACE(size);
      if (is_torch_file(std::as_bytes(std::span(part)))) {
        EXPECT_ERROR(kData, "attack.pth: ", read(part));
      }
    }
  }
}

TEST(TorchAttacks, DamagedFilesAreReadOrRejected) {
  std::mt19937 random(5);
  for (const std::string& file : {with(test::pickled_example()), archive({{"a/data/0", kBytes}})}) {
    for (int i = 0; i < 20'000; ++i) {
      std::string damaged = file;
      for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      if (random() % 4 == 0) damaged.resize(random() % damaged.size());
      if (!is_torch_file(std::as_bytes(std::span(damaged)))) continue;
      try {
        const TorchTensors torch = read(damaged);
        for (const NamedTensor& tensor : torch.tensors.entries()) row_major_bytes(tensor);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace tagloom
