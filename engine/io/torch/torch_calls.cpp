// What the allowed Python names return when a pickle calls them: descriptions of tensors and storages, checked here.
#include <algorithm>

#include "engine/io/safetensors_header.h"
#include "engine/io/torch/torch_unpickler.h"
#include "kernels/base/error.h"

namespace tagloom::detail {

void TorchUnpickler::call() {
  const PickleValue arguments = pop(), name = pop();
  if (name.kind != PickleKind::kName || arguments.kind != PickleKind::kTuple)
    damaged("its pickle calls a value that is not a function");
  push(called(name, arguments));
}

PickleValue TorchUnpickler::called(const PickleValue& name, const PickleValue& arguments) {
  const std::vector<PickleValue>& given = items(arguments);
  switch (name.name) {
    case TorchName::kOrderedDict:
      return ordered_dict(given);
    case TorchName::kCounter:
    case TorchName::kSet:
    case TorchName::kEncode:
    case TorchName::kDevice:
      return {.kind = PickleKind::kOther};
    case TorchName::kSize:
      if (given.size() != 1) damaged("torch.Size has no sizes");
      return given[0];
    case TorchName::kRebuildTensor:
      return tensor_of(given, false);
    case TorchName::kRebuildTensor3:
      return tensor_of(given, true);
    case TorchName::kRebuildParameter:
    case TorchName::kTensorClass:  // Parameter(tensor), as PyTorch 0.2 wrote it
      if (given.empty() || given[0].kind != PickleKind::kTensor) damaged("a parameter is not a tensor");
      return given[0];
    case TorchName::kRebuildFromType: {
      // One level: its function is one of those above, never this one again.
      const bool plain = given.size() >= 3 && given[0].kind == PickleKind::kName && given[1].kind == PickleKind::kName &&
                         given[1].name == TorchName::kTensorClass && given[2].kind == PickleKind::kTuple;
      if (!plain || (given[0].name != TorchName::kRebuildTensor && given[0].name != TorchName::kRebuildTensor3 &&
                     given[0].name != TorchName::kRebuildParameter)) {
        damaged("a tensor is made by a function that does not make tensors");
      }
      return called(given[0], given[2]);
    }
    default:
      damaged("its pickle calls a value that is not a function");
  }
}

// OrderedDict(), or the pairs [[key, value], …] of files that Python 2 wrote.
PickleValue TorchUnpickler::ordered_dict(const std::vector<PickleValue>& arguments) {
  std::vector<PickleValue> dict;
  if (!arguments.empty()) {
    if (arguments.size() != 1 || arguments[0].kind != PickleKind::kList)
      damaged("an OrderedDict is made from a value that is not a list");
    const std::vector<PickleValue>& pairs = items(arguments[0]);
    count_copies(2 * pairs.size());
    dict.reserve(2 * pairs.size());
    for (const PickleValue& pair : pairs) {
      const bool whole = (pair.kind == PickleKind::kTuple || pair.kind == PickleKind::kList) && items(pair).size() == 2;
      if (!whole) damaged("an OrderedDict has an item that is not a key with a value");
      dict.insert(dict.end(), items(pair).begin(), items(pair).end());
    }
  }
  containers_.push_back(std::move(dict));
  return {.kind = PickleKind::kDict, .number = static_cast<int64_t>(containers_.size()) - 1};
}

void TorchUnpickler::count_copies(size_t values) {
  copied_ += values;
  if (copied_ > pickle_.size()) damaged("its pickle copies the same values again and again");
}

std::vector<int64_t> TorchUnpickler::sizes_of(const PickleValue& value, const char* what) {
  constexpr size_t kMaxRank = 64;  // PyTorch's
  const bool is_list = value.kind == PickleKind::kTuple || value.kind == PickleKind::kList;
  if (!is_list || items(value).size() > kMaxRank)
    damaged(format("the {} of a tensor is not a list of at most {} numbers", what, kMaxRank));
  count_copies(items(value).size());
  std::vector<int64_t> sizes;
  for (const PickleValue& size : items(value)) {
    if (size.kind != PickleKind::kInt || size.number < 0)
      damaged(format("the {} of a tensor has an entry that is not a number from 0", what));
    sizes.push_back(size.number);
  }
  return sizes;
}

// (storage, offset, size, stride[, requires_grad, hooks[, dtype]]). Every element must lie inside the storage.
PickleValue TorchUnpickler::tensor_of(const std::vector<PickleValue>& arguments, bool has_dtype) {
  const size_t needed = has_dtype ? 7 : 4;
  if (arguments.size() < needed || arguments[0].kind != PickleKind::kStorage || arguments[1].kind != PickleKind::kInt) {
    damaged("a tensor has no storage or no offset");
  }
  if (has_dtype && (arguments[6].kind != PickleKind::kName || arguments[6].name != TorchName::kDtype))
    damaged("a tensor has no type");
  const PickledStorage& storage = storages_[arguments[0].number];
  PickledTensor tensor{.storage = arguments[0].number,
                       .type = has_dtype ? arguments[6].type : storage.type,
                       .offset = arguments[1].number,
                       .shape = sizes_of(arguments[2], "shape"),
                       .strides = sizes_of(arguments[3], "stride")};
  if (tensor.shape.size() != tensor.strides.size()) {
    damaged(format("a tensor has {} sizes but {} strides", tensor.shape.size(), tensor.strides.size()));
  }
  if (storage.untyped != has_dtype) damaged("a tensor and its storage disagree about its type");
  if (tensor.type) {
    const int64_t count = storage.untyped ? storage.count / size_of(*tensor.type) : storage.count;
    bool outside = tensor.offset < 0 || __builtin_add_overflow(tensor.offset, storage.view_offset, &tensor.offset);
    const bool empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    int64_t last = tensor.offset, elements = 1;
    for (size_t axis = 0; axis < tensor.shape.size() && !outside; ++axis) {
      const int64_t extent = std::max<int64_t>(tensor.shape[axis], 1);  // the sizes of an empty tensor must not overflow either
      int64_t reach = 0;
      outside = __builtin_mul_overflow(extent - 1, tensor.strides[axis], &reach) || __builtin_add_overflow(last, reach, &last) ||
                __builtin_mul_overflow(elements, extent, &elements);
    }
    if (outside || (empty ? tensor.offset > count : last >= count)) {
      damaged(format("a tensor reaches beyond its storage of {} elements", count));
    }
    if (!empty && elements > std::max<int64_t>(count, 1)) {
      damaged(format("a tensor repeats the {} elements of its storage {} times", count, elements / std::max<int64_t>(count, 1)));
    }
  }
  tensors_.push_back(std::move(tensor));
  return {.kind = PickleKind::kTensor, .number = static_cast<int64_t>(tensors_.size()) - 1};
}

// ("storage", class, key, device, number of elements[, view of another storage: (key, offset, number of elements)])
void TorchUnpickler::load_storage() {
  const PickleValue id = pop();
  if (id.kind != PickleKind::kTuple || items(id).empty()) damaged("its pickle refers to something outside that is not a storage");
  const std::vector<PickleValue>& given = items(id);
  if (text(given[0]) == "module") refuse_object("torch.nn.Module (the whole network, with its code)");
  const bool known = given.size() >= 5 && text(given[0]) == "storage" && given[1].kind == PickleKind::kName &&
                     (given[1].name == TorchName::kStorage || given[1].name == TorchName::kUntypedStorage) &&
                     given[2].kind == PickleKind::kText && given[4].kind == PickleKind::kInt && given[4].number >= 0;
  if (!known) damaged("its pickle refers to something outside that is not a storage");
  PickledStorage storage{.key = text(given[2]),
                         .type = given[1].type,
                         .untyped = given[1].name == TorchName::kUntypedStorage,
                         .element = given[1].number,
                         .count = given[4].number};
  if (given.size() > 5 && given[5].kind == PickleKind::kTuple) {
    const std::vector<PickleValue>& view = items(given[5]);
    const bool inside = view.size() == 3 && view[1].kind == PickleKind::kInt && view[2].kind == PickleKind::kInt &&
                        view[1].number >= 0 && view[1].number <= storage.count && view[2].number >= 0 &&
                        view[2].number <= storage.count - view[1].number;
    if (!inside) damaged("a view reaches beyond its storage");
    storage.view_offset = view[1].number;
  }
  storages_.push_back(std::move(storage));
  push({.kind = PickleKind::kStorage, .number = static_cast<int64_t>(storages_.size()) - 1});
}

}  // namespace tagloom::detail
