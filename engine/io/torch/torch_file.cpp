#include "engine/io/torch/torch_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

#include "engine/io/safetensors_header.h"
#include "engine/io/torch/torch_archive.h"
#include "engine/io/torch/torch_unpickler.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using detail::kDamaged;
using detail::PickledStorage;
using detail::PickledTensor;
using detail::PickleKind;
using detail::PickleValue;
using detail::TorchUnpickler;

using Bytes = std::span<const std::byte>;

// 0x1950a86a20f9469cfc6c, which opens a file of the older layout as the pickle of a 10-byte integer (LONG1).
constexpr std::string_view kOldMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool is_old_layout(Bytes file) {
  return file.size() > 2 && file[0] == std::byte{0x80} &&
         as_text(file.first(std::min<size_t>(file.size(), 32))).find(kOldMagic) != std::string_view::npos;
}

// The keys under which training programs save a model's tensors, the preferred first: weights before their running averages.
constexpr std::array<std::string_view, 12> kWrappers = {
    "state_dict", "model",          "model_state_dict", "model_state",    "net", "weights", "params",
    "module",     "state_dict_ema", "model_ema",        "ema_state_dict", "ema"};

const PickleValue* value_of(const TorchUnpickler& pickle, const PickleValue& dict, std::string_view key) {
  const std::vector<PickleValue>& items = pickle.items(dict);
  for (size_t i = items.size(); i >= 2; i -= 2) {  // of two equal keys, the later one
    if (items[i - 2].kind == PickleKind::kText && pickle.text(items[i - 2]) == key) return &items[i - 1];
  }
  return nullptr;
}

bool has_tensors(const TorchUnpickler& pickle, const PickleValue& value) {
  if (value.kind != PickleKind::kDict) return false;
  const std::vector<PickleValue>& items = pickle.items(value);
  for (size_t i = 1; i < items.size(); i += 2) {
    if (items[i].kind == PickleKind::kTensor) return true;
  }
  return false;
}

struct FoundTensors {
  const PickleValue* dict = nullptr;
  std::string wrapper;              // the keys that lead to it
  std::vector<std::string> others;  // keys beside its own that lead to tensors too
};

// Looks into each dictionary once, however often the file refers to it.
FoundTensors find_tensors(const TorchUnpickler& pickle, const PickleValue& at, std::set<int64_t>& seen, int depth = 0) {
  constexpr int kMaxDepth = 3;
  if (at.kind != PickleKind::kDict || !seen.insert(at.number).second) return {};
  std::array<const PickleValue*, kWrappers.size()> inner{};
  const std::vector<PickleValue>& items = pickle.items(at);
  for (size_t i = 0; i + 1 < items.size() && depth < kMaxDepth; i += 2) {
    const auto key = std::find(kWrappers.begin(), kWrappers.end(), pickle.text(items[i]));
    if (key != kWrappers.end()) inner[key - kWrappers.begin()] = &items[i + 1];  // of two equal keys, the later one
  }
  FoundTensors best;
  for (size_t k = 0; k < inner.size(); ++k) {
    if (inner[k] == nullptr) continue;
    FoundTensors found = find_tensors(pickle, *inner[k], seen, depth + 1);
    const std::string key(kWrappers[k]);
    if (found.dict == nullptr) continue;
    if (best.dict != nullptr) {
      best.others.push_back(key);
      continue;
    }
    found.wrapper = found.wrapper.empty() ? key : key + "." + found.wrapper;
    best = std::move(found);
  }
  if (best.dict == nullptr && has_tensors(pickle, at)) best.dict = &at;
  return best;
}

struct FoundTensor {
  std::string name;
  const PickledTensor* tensor;
};

std::vector<FoundTensor> tensors_in(const TorchUnpickler& pickle, const PickleValue& dict, const std::string& name) {
  std::vector<FoundTensor> found;
  std::map<std::string_view, size_t> places;  // of equal keys the later value counts, as in Python
  const std::vector<PickleValue>& items = pickle.items(dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind != PickleKind::kText || items[i + 1].kind != PickleKind::kTensor) continue;
    const PickledTensor& tensor = pickle.tensor(items[i + 1]);
    TL_CHECK_AS(ErrorKind::kData, tensor.type.has_value(),
                "{}: tensor {} has a type that is not read, such as complex or float8: save it as float32", name,
                detail::quoted_name(pickle.text(items[i])));
    const auto [place, is_new] = places.emplace(pickle.text(items[i]), found.size());
    if (is_new) {
      found.push_back({std::string(place->first), &tensor});
    } else {
      found[place->second].tensor = &tensor;
    }
  }
  return found;
}

// The storages' bytes by key, read at first use.
class Storages {
 public:
  virtual ~Storages() = default;
  virtual Bytes bytes_of(const PickledStorage& storage) = 0;
};

size_t size_of_storage(const PickledStorage& storage, const std::string& path) {
  int64_t bytes = 0;
  TL_CHECK_AS(ErrorKind::kData, !__builtin_mul_overflow(storage.count, storage.element, &bytes),
              "{}: storage {} has {} elements, more than any file: {}", path, detail::quoted_name(storage.key), storage.count,
              kDamaged);
  return static_cast<size_t>(bytes);
}

class ZipStorages : public Storages {
 public:
  ZipStorages(detail::TorchArchive& archive, const std::string& path, std::vector<std::shared_ptr<const void>>& owners)
      : archive_(archive), path_(path), owners_(owners) {}

  Bytes bytes_of(const PickledStorage& storage) override {
    const std::string key(storage.key);
    auto found = read_.find(key);
    if (found == read_.end()) {
      const auto bytes = std::make_shared<const std::vector<std::byte>>(archive_.read("data/" + key));
      owners_.push_back(bytes);
      found = read_.emplace(key, *bytes).first;
    }
    const size_t size = size_of_storage(storage, path_);
    TL_CHECK_AS(ErrorKind::kData, size == found->second.size(), "{}: storage {} should have {} bytes, but the archive has {}: {}",
                path_, detail::quoted_name(key), size, found->second.size(), kDamaged);
    return found->second;
  }

 private:
  detail::TorchArchive& archive_;
  const std::string& path_;
  std::vector<std::shared_ptr<const void>>& owners_;
  std::map<std::string, Bytes> read_;
};

// After the pickles: for each key of the last one, in its order, the number of elements and the bytes. The pickle states the sizes.
class OldStorages : public Storages {
 public:
  OldStorages(Bytes data, const TorchUnpickler& pickle, const PickleValue& keys, const std::string& path) : path_(path) {
    std::map<std::string_view, const PickledStorage*> declared;
    for (size_t i = 0; i < pickle.storage_count(); ++i)
      declared.emplace(pickle.storage(static_cast<int64_t>(i)).key, &pickle.storage(static_cast<int64_t>(i)));
    TL_CHECK_AS(ErrorKind::kData, keys.kind == PickleKind::kList, "{}: it has no list of its storages: {}", path, kDamaged);
    size_t at = 0;
    for (const PickleValue& key : pickle.items(keys)) {
      const auto found = declared.find(pickle.text(key));
      TL_CHECK_AS(ErrorKind::kData, found != declared.end(), "{}: storage {} belongs to no tensor: {}", path,
                  detail::quoted_name(pickle.text(key)), kDamaged);
      const PickledStorage& storage = *found->second;
      uint64_t count = 0;
      TL_CHECK_AS(ErrorKind::kData, data.size() - at >= sizeof count, "{}: it ends before storage {}: {}", path,
                  detail::quoted_name(storage.key), kDamaged);
      std::memcpy(&count, data.data() + at, sizeof count);
      at += sizeof count;
      TL_CHECK_AS(ErrorKind::kData, count == static_cast<uint64_t>(storage.count),
                  "{}: storage {} has {} elements, but its tensors state {}: {}", path, detail::quoted_name(storage.key), count,
                  storage.count, kDamaged);
      const size_t size = size_of_storage(storage, path);
      TL_CHECK_AS(ErrorKind::kData, size <= data.size() - at,
                  "{}: storage {} should have {} bytes, but the file ends after {}: {}", path, detail::quoted_name(storage.key),
                  size, data.size() - at, kDamaged);
      bytes_.emplace(storage.key, data.subspan(at, size));
      at += size;
    }
  }

  Bytes bytes_of(const PickledStorage& storage) override {
    const auto found = bytes_.find(storage.key);
    TL_CHECK_AS(ErrorKind::kData, found != bytes_.end() && size_of_storage(storage, path_) == found->second.size(),
                "{}: storage {} is missing or has another size: {}", path_, detail::quoted_name(storage.key), kDamaged);
    return found->second;
  }

 private:
  const std::string& path_;
  std::map<std::string_view, Bytes> bytes_;
};

NamedTensor view_of(const FoundTensor& found, const TorchUnpickler& pickle, Storages& storages) {
  const PickledTensor& tensor = *found.tensor;
  const Bytes bytes = storages.bytes_of(pickle.storage(tensor.storage));
  NamedTensor view{.name = found.name, .type = *tensor.type, .shape = tensor.shape};
  if (count_of(view) == 0) return view;
  const int64_t element = size_of(view.type);
  int64_t last = 0, packed = 1;
  bool row_major = true;
  for (size_t axis = tensor.shape.size(); axis-- > 0;) {
    last += (tensor.shape[axis] - 1) * tensor.strides[axis];
    row_major = row_major && (tensor.shape[axis] == 1 || tensor.strides[axis] == packed);
    packed *= tensor.shape[axis];
  }
  if (!row_major) view.strides = tensor.strides;
  // The unpickler has checked that this is inside the storage that the pickle declares, and `storages` that the file has all of it.
  view.bytes = bytes.subspan(static_cast<size_t>(tensor.offset * element), static_cast<size_t>((last + 1) * element));
  return view;
}

// The dictionary of tensors in what a file contains; throws if there is none.
FoundTensors require_tensors(const TorchUnpickler& pickle, const PickleValue& root, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, root.kind == PickleKind::kDict,
              "{}: contains no dictionary of tensors, such as model.state_dict()", name);
  std::set<int64_t> seen;
  if (FoundTensors found = find_tensors(pickle, root, seen); found.dict != nullptr) return found;
  std::string keys;
  const std::vector<PickleValue>& items = pickle.items(root);
  for (size_t i = 0; i < std::min<size_t>(items.size(), 20); i += 2) {
    keys += (i == 0 ? "" : ", ") + detail::quoted_name(pickle.text(items[i]));
  }
  fail(ErrorKind::kData, "{}: contains no tensors under a key such as state_dict or model; its keys are {}", name,
       keys.empty() ? "none" : keys);
}

std::vector<NamedTensor> views_of(const TorchUnpickler& pickle, const PickleValue& dict, Storages& storages,
                                  const std::string& name) {
  std::vector<NamedTensor> tensors;
  for (const FoundTensor& found : tensors_in(pickle, dict, name)) tensors.push_back(view_of(found, pickle, storages));
  return tensors;
}

TorchTensors read_zip(Bytes file, const std::string& name, std::vector<std::shared_ptr<const void>> owners) {
  detail::TorchArchive archive(file, name);
  if (archive.contains("byteorder")) {
    const std::vector<std::byte> order = archive.read("byteorder");
    TL_CHECK_AS(ErrorKind::kData, as_text(order) == "little",
                "{}: its numbers are big-endian: save it on a little-endian computer", name);
  }
  const std::vector<std::byte> bytes = archive.read("data.pkl");
  TorchUnpickler pickle(bytes, name);
  const PickleValue root = pickle.run();
  FoundTensors found = require_tensors(pickle, root, name);
  ZipStorages storages(archive, name, owners);
  std::vector<NamedTensor> tensors = views_of(pickle, *found.dict, storages, name);
  return {NamedTensors(name, std::move(tensors), {}, std::move(owners)), true, std::move(found.wrapper), std::move(found.others)};
}

// Five pickles: the magic number, the protocol, facts about the computer, the object, the storages' keys; then the storages.
TorchTensors read_old_layout(Bytes file, const std::string& name, std::vector<std::shared_ptr<const void>> owners) {
  TorchUnpickler pickle(file, name);
  pickle.run();
  const PickleValue protocol = pickle.run();
  TL_CHECK_AS(ErrorKind::kData, protocol.kind == PickleKind::kInt && protocol.number == 1001,
              "{}: its version is {}, but that of PyTorch's files is 1001: {}", name, protocol.number, kDamaged);
  const PickleValue system = pickle.run();
  const PickleValue* little = system.kind == PickleKind::kDict ? value_of(pickle, system, "little_endian") : nullptr;
  TL_CHECK_AS(ErrorKind::kData, little != nullptr && little->kind == PickleKind::kBool && little->number == 1,
              "{}: its numbers are big-endian: save it on a little-endian computer", name);
  const PickleValue root = pickle.run();
  FoundTensors found = require_tensors(pickle, root, name);
  const PickleValue keys = pickle.run();
  OldStorages storages(file.subspan(pickle.position()), pickle, keys, name);
  std::vector<NamedTensor> tensors = views_of(pickle, *found.dict, storages, name);
  return {NamedTensors(name, std::move(tensors), {}, std::move(owners)), false, std::move(found.wrapper),
          std::move(found.others)};
}

}  // namespace

bool is_torch_file(std::span<const std::byte> file) { return detail::is_zip(file) || is_old_layout(file); }

TorchTensors read_torch_file(std::span<const std::byte> file, const std::string& name, std::shared_ptr<const void> owner) {
  std::vector<std::shared_ptr<const void>> owners;
  if (owner) owners.push_back(std::move(owner));
  return detail::is_zip(file) ? read_zip(file, name, std::move(owners)) : read_old_layout(file, name, std::move(owners));
}

}  // namespace tagloom
