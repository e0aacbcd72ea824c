#pragma once
// Reads the pickles of PyTorch's files without executing anything: an allow-list of instructions and of Python names, each of which
// becomes plain data. Used by torch_file.cpp only.
//
// Nothing recurses: values refer to lists, dictionaries and tensors by index, so neither depth nor shared parts cost more than the
// bytes that declare them. Memory is at most about 100 times the pickle, whose size is limited.
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/io/named_tensors.h"

namespace tagloom::detail {

inline constexpr size_t kMaxPickleBytes = size_t{16} << 20;

// The Python names that a pickle may use.
enum class TorchName : uint8_t {
  kOrderedDict,
  kCounter,  // of a learning-rate schedule
  kSet,
  kEncode,  // bytes and complex numbers
  kSize,
  kDevice,
  kDtype,
  kStorage,         // torch.FloatStorage …
  kUntypedStorage,  // its size is in bytes
  kRebuildTensor,   // (storage, offset, size, stride, ...)
  kRebuildTensor3,  // the same, then requires_grad, hooks, dtype
  kRebuildParameter,
  kRebuildFromType,  // (a rebuild function, a class, its arguments, state)
  kTensorClass,
};

enum class PickleKind : uint8_t {
  kMark,
  kNone,
  kBool,
  kInt,
  kText,   // unpickler.text()
  kOther,  // floats, bytes, devices: data that no tensor needs
  kTuple,  // the next three: unpickler.items()
  kList,
  kDict,     // key, value, key, value …
  kName,     // TorchName
  kStorage,  // unpickler.storage()
  kTensor,   // unpickler.tensor()
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  TorchName name = TorchName::kSet;  // of kName
  std::optional<TensorType> type{};  // of kName: a dtype or a storage class that safetensors has too
  uint32_t length = 0;               // of kText
  // Of kBool and kInt; of kText the position in the pickle; of a storage class an element's bytes; else an index.
  int64_t number = 0;
};

struct PickledStorage {
  std::string_view key;              // the file's name for its bytes
  std::optional<TensorType> type{};  // empty: untyped, or a type that safetensors lacks
  bool untyped = false;
  int64_t element = 1;      // bytes of one
  int64_t count = 0;        // elements; bytes if untyped
  int64_t view_offset = 0;  // in elements
};

struct PickledTensor {
  int64_t storage = 0;
  std::optional<TensorType> type{};  // empty: one that safetensors lacks, such as complex
  int64_t offset = 0;                // in elements
  std::vector<int64_t> shape, strides;
};

class TorchUnpickler {
 public:
  // Messages use `path` for the file. Both must outlive the result.
  TorchUnpickler(std::span<const std::byte> pickle, const std::string& path);

  // Runs one pickle and returns its value; another may follow at position(). Values stay valid. Throws Error(kData) for anything that is not
  // on the allow-lists.
  PickleValue run();
  size_t position() const { return at_; }

  std::string_view text(const PickleValue& value) const;  // empty if it is not a text
  const std::vector<PickleValue>& items(const PickleValue& container) const { return containers_[container.number]; }
  const PickledTensor& tensor(const PickleValue& value) const { return tensors_[value.number]; }
  const PickledStorage& storage(int64_t index) const { return storages_[index]; }
  size_t storage_count() const { return storages_.size(); }

  [[noreturn]] void refuse_object(const std::string& what) const;  // a Python object that is not on the list

 private:
  void step(uint8_t instruction);
  // Instructions.
  void push(PickleValue value) { stack_.push_back(value); }
  void push_text(size_t length);
  void push_other(size_t length);
  void push_name(std::string_view module, std::string_view name);
  void push_container(PickleKind kind, size_t first);  // of the stack's values from `first` on
  void push_long(size_t length);
  void store(uint64_t slot);
  void recall(uint64_t slot);
  void append(size_t first);
  void set_items(size_t first);
  void call();
  void set_state();
  void load_storage();
  // What a called name returns.
  PickleValue called(const PickleValue& name, const PickleValue& arguments);
  PickleValue ordered_dict(const std::vector<PickleValue>& arguments);
  PickleValue tensor_of(const std::vector<PickleValue>& arguments, bool has_dtype);
  std::vector<int64_t> sizes_of(const PickleValue& value, const char* what);
  void count_copies(size_t values);  // at most one per byte: a value that many calls share is not copied for each

  std::span<const std::byte> take(size_t count);
  uint64_t take_number(size_t bytes);
  std::string_view take_line();
  PickleValue pop();
  std::vector<PickleValue> pop_from(size_t first);
  size_t pop_mark();  // returns the position of the first value after it
  [[noreturn]] void damaged(const std::string& why) const;

  std::span<const std::byte> pickle_;
  const std::string& path_;
  size_t at_ = 0;
  bool stopped_ = false;
  size_t copied_ = 0;  // values that calls have copied
  std::vector<PickleValue> stack_;
  std::unordered_map<uint64_t, PickleValue> memo_;
  std::deque<std::vector<PickleValue>> containers_;
  std::deque<PickledTensor> tensors_;
  std::deque<PickledStorage> storages_;
};

}  // namespace tagloom::detail
