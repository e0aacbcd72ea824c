// Runs the instructions of a pickle, protocols 2 to 5, on plain data.
#include "engine/io/torch/torch_unpickler.h"

#include <algorithm>
#include <cstring>

#include "engine/io/safetensors_header.h"
#include "engine/io/torch/torch_names.h"
#include "kernels/base/error.h"
#include "kernels/text/shell_quoted.h"

namespace tagloom::detail {

TorchUnpickler::TorchUnpickler(std::span<const std::byte> pickle, const std::string& path)
    : pickle_(pickle.first(std::min(pickle.size(), kMaxPickleBytes))), path_(path) {}

PickleValue TorchUnpickler::run() {
  stack_.clear();
  memo_.clear();
  for (stopped_ = false; !stopped_;) step(static_cast<uint8_t>(take_number(1)));
  if (stack_.size() != 1) damaged(format("its pickle ends with {} values", stack_.size()));
  return pop();
}

std::string_view TorchUnpickler::text(const PickleValue& value) const {
  if (value.kind != PickleKind::kText) return {};
  return {reinterpret_cast<const char*>(pickle_.data()) + value.number, value.length};
}

void TorchUnpickler::refuse_object(const std::string& what) const {
  fail(ErrorKind::kData,
       "{}: contains a Python object of type {}, but only tensors and plain data are read, and no code is run; if you trust "
       "the file, save its tensors alone with: "
       "python3 -c 'import sys, torch; x = torch.load(sys.argv[1], map_location=\"cpu\", weights_only=False); "
       "x = x if isinstance(x, dict) else x.state_dict(); "
       "torch.save(x.get(\"state_dict\", x.get(\"model\", x)), sys.argv[2])' {} tensors.pth",
       path_, what, shell_quoted(path_));
}

// The numbers are those of CPython's pickle.py.
void TorchUnpickler::step(uint8_t instruction) {
  switch (instruction) {
    case 0x80: {  // PROTO
      const uint64_t protocol = take_number(1);
      if (protocol < 2 || protocol > 5) damaged(format("its pickle has protocol {}, not 2 to 5", protocol));
      return;
    }
    case 0x95:  // FRAME
      take(8);
      return;
    case '.':  // STOP
      stopped_ = true;
      return;
    case '(':  // MARK
      return push({.kind = PickleKind::kMark});
    case '0':  // POP
      if (stack_.empty()) damaged("its pickle takes a value that is not there");
      stack_.pop_back();
      return;
    case '1': {  // POP_MARK
      const size_t first = pop_mark();
      stack_.resize(first);
      return;
    }
    case '2': {  // DUP
      const PickleValue top = pop();
      push(top);
      return push(top);
    }
    case 'N':  // NONE
      return push({.kind = PickleKind::kNone});
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      return push({.kind = PickleKind::kBool, .number = instruction == 0x88});
    case 'J':  // BININT
      return push({.kind = PickleKind::kInt, .number = static_cast<int32_t>(take_number(4))});
    case 'K':  // BININT1
      return push({.kind = PickleKind::kInt, .number = static_cast<int64_t>(take_number(1))});
    case 'M':  // BININT2
      return push({.kind = PickleKind::kInt, .number = static_cast<int64_t>(take_number(2))});
    case 0x8a:  // LONG1
      return push_long(take_number(1));
    case 0x8b:  // LONG4
      return push_long(take_number(4));
    case 'G':  // BINFLOAT
      return push_other(8);
    case 'U':   // SHORT_BINSTRING, of Python 2
    case 0x8c:  // SHORT_BINUNICODE
      return push_text(take_number(1));
    case 'T':  // BINSTRING
    case 'X':  // BINUNICODE
      return push_text(take_number(4));
    case 0x8d:  // BINUNICODE8
      return push_text(take_number(8));
    case 'C':  // SHORT_BINBYTES
      return push_other(take_number(1));
    case 'B':  // BINBYTES
      return push_other(take_number(4));
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      return push_other(take_number(8));
    case ')':  // EMPTY_TUPLE
      return push_container(PickleKind::kTuple, stack_.size());
    case ']':   // EMPTY_LIST
    case 0x8f:  // EMPTY_SET
      return push_container(PickleKind::kList, stack_.size());
    case '}':  // EMPTY_DICT
      return push_container(PickleKind::kDict, stack_.size());
    case 0x85:    // TUPLE1
    case 0x86:    // TUPLE2
    case 0x87: {  // TUPLE3
      const size_t count = instruction - 0x84u;
      if (stack_.size() < count) damaged("its pickle takes a value that is not there");
      return push_container(PickleKind::kTuple, stack_.size() - count);
    }
    case 't':  // TUPLE
      return push_container(PickleKind::kTuple, pop_mark());
    case 'l':   // LIST
    case 0x91:  // FROZENSET
      return push_container(PickleKind::kList, pop_mark());
    case 'q':  // BINPUT
      return store(take_number(1));
    case 'r':  // LONG_BINPUT
      return store(take_number(4));
    case 0x94:  // MEMOIZE
      return store(memo_.size());
    case 'h':  // BINGET
      return recall(take_number(1));
    case 'j':  // LONG_BINGET
      return recall(take_number(4));
    case 'a':  // APPEND
      return append(stack_.empty() ? 0 : stack_.size() - 1);
    case 'e':   // APPENDS
    case 0x90:  // ADDITEMS
      return append(pop_mark());
    case 's':  // SETITEM
      return set_items(stack_.size() < 2 ? 0 : stack_.size() - 2);
    case 'u':  // SETITEMS
      return set_items(pop_mark());
    case 'c': {  // GLOBAL
      const std::string_view module = take_line();
      return push_name(module, take_line());
    }
    case 0x93: {  // STACK_GLOBAL
      const PickleValue name = pop(), module = pop();
      if (name.kind != PickleKind::kText || module.kind != PickleKind::kText)
        damaged("its pickle names an object without a text");
      return push_name(text(module), text(name));
    }
    case 'R':  // REDUCE
      return call();
    case 'b':  // BUILD
      return set_state();
    case 'Q':  // BINPERSID
      return load_storage();
    default:
      damaged(format("byte {} of its pickle is instruction {}, which PyTorch's files do not have", at_ - 1, int{instruction}));
  }
}

void TorchUnpickler::push_text(size_t length) {
  const size_t at = at_;
  take(length);
  push({.kind = PickleKind::kText, .length = static_cast<uint32_t>(length), .number = static_cast<int64_t>(at)});
}

void TorchUnpickler::push_other(size_t length) {
  take(length);
  push({.kind = PickleKind::kOther});
}

void TorchUnpickler::push_name(std::string_view module, std::string_view name) {
  const std::optional<PickleValue> known = torch_name(module, name);
  if (!known) {
    const bool is_tensor = module == "torch._utils" && name.starts_with("_rebuild_");
    const char* kind = name.find("qtensor") != name.npos ? "quantised" : name.find("sparse") != name.npos ? "sparse" : "special";
    TL_CHECK_AS(ErrorKind::kData, !is_tensor,
                "{}: contains a {} tensor, but only ordinary ones are read: save the weights as float32", path_, kind);
    const std::string quoted = quoted_name(std::string(module) + "." + std::string(name));
    refuse_object(quoted.substr(1, quoted.size() - 2));
  }
  push(*known);
}

void TorchUnpickler::push_container(PickleKind kind, size_t first) {
  containers_.push_back(pop_from(first));
  push({.kind = kind, .number = static_cast<int64_t>(containers_.size()) - 1});
}

// Little-endian two's complement; more than 64 bits only in the number that opens a file of the older layout.
void TorchUnpickler::push_long(size_t length) {
  if (length > 8) return push_other(length);
  uint64_t bits = take_number(length);
  if (length > 0 && length < 8 && (bits >> (8 * length - 1)) != 0) bits |= ~uint64_t{0} << (8 * length);
  push({.kind = PickleKind::kInt, .number = static_cast<int64_t>(bits)});
}

void TorchUnpickler::store(uint64_t slot) {
  if (stack_.empty() || stack_.back().kind == PickleKind::kMark) damaged("its pickle stores a value that is not there");
  memo_[slot] = stack_.back();
}

void TorchUnpickler::recall(uint64_t slot) {
  const auto found = memo_.find(slot);
  if (found == memo_.end()) damaged(format("its pickle reads slot {}, which holds nothing", slot));
  push(found->second);
}

void TorchUnpickler::append(size_t first) {
  if (first == 0 || stack_[first - 1].kind != PickleKind::kList) damaged("its pickle appends to a value that is not a list");
  const std::vector<PickleValue> values = pop_from(first);
  std::vector<PickleValue>& list = containers_[stack_.back().number];
  list.insert(list.end(), values.begin(), values.end());
}

void TorchUnpickler::set_items(size_t first) {
  if (first == 0 || stack_[first - 1].kind != PickleKind::kDict)
    damaged("its pickle sets an item of a value that is not a dictionary");
  const std::vector<PickleValue> values = pop_from(first);
  if (values.size() % 2 != 0) damaged("its pickle sets a key without a value");
  std::vector<PickleValue>& dict = containers_[stack_.back().number];
  dict.insert(dict.end(), values.begin(), values.end());
}

// Sets attributes: PyTorch's dictionaries of tensors have one, _metadata. No tensor needs them.
void TorchUnpickler::set_state() {
  pop();
  if (stack_.empty()) damaged("its pickle takes a value that is not there");
  const PickleKind kind = stack_.back().kind;
  if (kind != PickleKind::kDict && kind != PickleKind::kTensor) damaged("its pickle sets the state of a value that has none");
}

std::span<const std::byte> TorchUnpickler::take(size_t count) {
  if (count > pickle_.size() - at_) {
    TL_CHECK_AS(ErrorKind::kData, pickle_.size() < kMaxPickleBytes, "{}: its pickle has more than {} MB: save the tensors alone",
                path_, kMaxPickleBytes >> 20);
    damaged(format("its pickle ends after {} bytes", pickle_.size()));
  }
  at_ += count;
  return pickle_.subspan(at_ - count, count);
}

uint64_t TorchUnpickler::take_number(size_t bytes) {
  uint64_t number = 0;
  const std::span<const std::byte> taken = take(bytes);
  if (bytes > 0) std::memcpy(&number, taken.data(), bytes);
  return number;
}

std::string_view TorchUnpickler::take_line() {
  const std::string_view rest(reinterpret_cast<const char*>(pickle_.data()) + at_, pickle_.size() - at_);
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) damaged("its pickle ends inside a name");
  at_ += end + 1;
  return rest.substr(0, end);
}

PickleValue TorchUnpickler::pop() {
  if (stack_.empty() || stack_.back().kind == PickleKind::kMark) damaged("its pickle takes a value that is not there");
  const PickleValue value = stack_.back();
  stack_.pop_back();
  return value;
}

std::vector<PickleValue> TorchUnpickler::pop_from(size_t first) {
  const std::vector<PickleValue> values(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
  const bool open = std::any_of(values.begin(), values.end(), [](const PickleValue& v) { return v.kind == PickleKind::kMark; });
  if (open) damaged("its pickle ends a list that contains an unfinished one");
  stack_.resize(first);
  return values;
}

size_t TorchUnpickler::pop_mark() {
  for (size_t i = stack_.size(); i-- > 0;) {
    if (stack_[i].kind != PickleKind::kMark) continue;
    stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(i));
    return i;
  }
  damaged("its pickle ends a list that it did not begin");
}

void TorchUnpickler::damaged(const std::string& why) const { fail(ErrorKind::kData, "{}: {}: {}", path_, why, kDamaged); }

}  // namespace tagloom::detail
