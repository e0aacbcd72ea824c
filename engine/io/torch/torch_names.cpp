// The allow-list of Python names: what torch.save() writes for tensors, and for the plain data of checkpoints beside them.
#include "engine/io/torch/torch_names.h"

namespace tagloom::detail {
namespace {

struct NameRow {
  std::string_view module, name;
  TorchName meaning;
  std::optional<TensorType> type = {};
  int64_t bytes = 1;  // of an element of another type
};

constexpr NameRow kNames[] = {
    {"collections", "OrderedDict", TorchName::kOrderedDict},
    {"collections", "Counter", TorchName::kCounter},
    {"builtins", "set", TorchName::kSet},
    {"__builtin__", "set", TorchName::kSet},
    {"_codecs", "encode", TorchName::kEncode},
    {"builtins", "bytearray", TorchName::kEncode},
    {"builtins", "complex", TorchName::kEncode},
    {"__builtin__", "bytearray", TorchName::kEncode},
    {"__builtin__", "complex", TorchName::kEncode},
    {"torch", "Size", TorchName::kSize},
    {"torch", "device", TorchName::kDevice},
    {"torch", "Tensor", TorchName::kTensorClass},
    {"torch.nn.parameter", "Parameter", TorchName::kTensorClass},
    {"torch._utils", "_rebuild_tensor", TorchName::kRebuildTensor},
    {"torch._utils", "_rebuild_tensor_v2", TorchName::kRebuildTensor},
    {"torch._utils", "_rebuild_tensor_v3", TorchName::kRebuildTensor3},
    {"torch._utils", "_rebuild_parameter", TorchName::kRebuildParameter},
    {"torch._utils", "_rebuild_parameter_with_state", TorchName::kRebuildParameter},
    {"torch._tensor", "_rebuild_from_type_v2", TorchName::kRebuildFromType},
    {"torch.storage", "UntypedStorage", TorchName::kUntypedStorage},
    {"torch", "DoubleStorage", TorchName::kStorage, TensorType::kF64},
    {"torch", "FloatStorage", TorchName::kStorage, TensorType::kF32},
    {"torch", "HalfStorage", TorchName::kStorage, TensorType::kF16},
    {"torch", "BFloat16Storage", TorchName::kStorage, TensorType::kBf16},
    {"torch", "LongStorage", TorchName::kStorage, TensorType::kI64},
    {"torch", "IntStorage", TorchName::kStorage, TensorType::kI32},
    {"torch", "ShortStorage", TorchName::kStorage, TensorType::kI16},
    {"torch", "CharStorage", TorchName::kStorage, TensorType::kI8},
    {"torch", "ByteStorage", TorchName::kStorage, TensorType::kU8},
    {"torch", "BoolStorage", TorchName::kStorage, TensorType::kBool},
    {"torch", "ComplexFloatStorage", TorchName::kStorage, {}, 8},
    {"torch", "ComplexDoubleStorage", TorchName::kStorage, {}, 16},
    {"torch", "float64", TorchName::kDtype, TensorType::kF64},
    {"torch", "float32", TorchName::kDtype, TensorType::kF32},
    {"torch", "float16", TorchName::kDtype, TensorType::kF16},
    {"torch", "bfloat16", TorchName::kDtype, TensorType::kBf16},
    {"torch", "int64", TorchName::kDtype, TensorType::kI64},
    {"torch", "int32", TorchName::kDtype, TensorType::kI32},
    {"torch", "int16", TorchName::kDtype, TensorType::kI16},
    {"torch", "int8", TorchName::kDtype, TensorType::kI8},
    {"torch", "uint64", TorchName::kDtype, TensorType::kU64},
    {"torch", "uint32", TorchName::kDtype, TensorType::kU32},
    {"torch", "uint16", TorchName::kDtype, TensorType::kU16},
    {"torch", "uint8", TorchName::kDtype, TensorType::kU8},
    {"torch", "bool", TorchName::kDtype, TensorType::kBool},
    {"torch", "complex64", TorchName::kDtype},
    {"torch", "complex128", TorchName::kDtype},
    {"torch", "float8_e4m3fn", TorchName::kDtype},
    {"torch", "float8_e5m2", TorchName::kDtype},
};

}  // namespace

std::optional<PickleValue> torch_name(std::string_view module, std::string_view name) {
  for (const NameRow& row : kNames) {
    if (row.module == module && row.name == name) {
      return PickleValue{
          .kind = PickleKind::kName, .name = row.meaning, .type = row.type, .number = row.type ? size_of(*row.type) : row.bytes};
    }
  }
  return std::nullopt;
}

}  // namespace tagloom::detail
